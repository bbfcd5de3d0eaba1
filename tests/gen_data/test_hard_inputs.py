"""Photos and folders that are not as a tool would like them, and runs that broke off early."""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data import read_dataset, read_mask
from inpaintscan.errors import DataError, MissingExtraError
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(
    methods=(Choice("copy-move"),), kinds=("original", "mask", "realfake"), batch_size=1
)


def write_photo(path: Path, seed: int = 0, size_wh: tuple[int, int] = (64, 48)) -> None:
    """Write noise as PNG, whatever the path ends in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size_wh[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, "PNG")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photos."""
    for seed in range(4):
        write_photo(tmp_path / "photos" / f"{seed}.png", seed)
    return tmp_path / "photos"


def test_photos_of_any_name_are_made_and_read_back(tmp_path: Path) -> None:
    names = [
        b"x.jpg",
        b"x-aug.jpg",
        b" x.jpg",
        b"x\n\r.jpg",
        b"x\xff.jpg",
        b"x.png.jpg",
        b"sub/noext",
        b"deep-folder/" * 30 + b"x.jpg",
    ]
    for seed, name in enumerate(names):
        write_photo(tmp_path / "photos" / os.fsdecode(name), seed)
    summary = generate(tmp_path / "photos", tmp_path / "set", replace(SETTINGS, augment=1.0))
    assert summary.failures == ()
    samples = read_dataset(tmp_path / "set").samples
    assert len({sample.image for sample in samples}) == summary.images == len(names) * 2 * 2


@pytest.mark.parametrize(
    "values",
    [{"save_as": "webp"}, {"degrade": (1, 1)}],  # each of them goes through a WebP
)
def test_a_photo_too_wide_for_the_format_is_skipped(
    photos: Path, tmp_path: Path, values: dict[str, Any]
) -> None:
    write_photo(photos / "wide.png", size_wh=(16_384, 32))
    summary = generate(photos, tmp_path / "set", replace(SETTINGS, **values))
    assert len(summary.failures) == 1
    assert "wide.png: 16384 x 32 pixels" in summary.failures[0]
    assert "at most 16383; give --max-size or --crop" in summary.failures[0]
    assert summary.images == 8


def test_a_broken_mask_ends_the_run_before_it_starts(photos: Path, tmp_path: Path) -> None:
    write_photo(tmp_path / "masks" / "good.png")
    (tmp_path / "masks" / "bad.png").write_bytes(b"nothing")
    settings = replace(SETTINGS, masks=(Choice("dir", str(tmp_path / "masks")),))
    with pytest.raises(DataError, match=r"masks that cannot be read: .*bad\.png"):
        generate(photos, tmp_path / "set", settings)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("change", ["rename", "overwrite"])
def test_a_run_does_not_go_on_with_other_photos(photos: Path, tmp_path: Path, change: str) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(photos, tmp_path / "set", SETTINGS, progress=stop)
    if change == "rename":
        (photos / "3.png").rename(photos / "4.png")
    else:
        write_photo(photos / "3.png", seed=9)
    with pytest.raises(DataError, match="made with other photos; resume with the same ones"):
        generate(photos, tmp_path / "set", SETTINGS, resume=True)


def test_a_run_goes_on_that_was_killed_while_it_wrote_its_first_file(
    photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / ".dataset.json.tmp").write_text('{"mod')
    assert generate(photos, tmp_path / "set", SETTINGS, resume=True).images == 8
    assert not (tmp_path / "set" / ".dataset.json.tmp").exists()


def test_a_set_without_masks_is_read_by_its_boxes(photos: Path, tmp_path: Path) -> None:
    generate(photos, tmp_path / "set", replace(SETTINGS, kinds=("original", "realfake")))
    samples = read_dataset(tmp_path / "set").samples
    fakes = [sample for sample in samples if sample.label == "inpainted"]
    assert len(fakes) == 4
    for sample in fakes:
        assert not sample.has_mask
        assert sample.box is not None
        with pytest.raises(DataError, match="the data set has no mask for it"):
            read_mask(sample)


def test_a_missing_extra_keeps_its_words_on_the_way_from_a_worker() -> None:
    error = MissingExtraError("the method 'telea'", "classical")
    assert str(copy.copy(error)) == str(error)  # a copy is made as a pickle is
    assert "pip install 'inpaintscan[classical]'" in str(error)
