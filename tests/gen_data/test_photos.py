from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import DataError, ImageError
from inpaintscan.gen_data.photos import (
    assign_splits,
    bring_to_size,
    find_photos,
    read_photo,
    unique_names,
)
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(methods=(Choice("patchmatch"),))


def test_photos_have_a_category_and_a_name_of_their_own(source: Path) -> None:
    photos = find_photos(source, SETTINGS)
    assert {photo.relative: photo.category for photo in photos} == {
        "a/one.jpg": "a",
        "a/two.jpg": "a",
        "a/two.png": "a",
        "b/four.jpg": "b",
        "b/three.webp": "b",
        "five.png": "",
    }
    names = [photo.name for photo in photos]
    assert len(set(names)) == len(names)
    assert {"a__one", "five"} <= set(names)


def test_names_never_collide() -> None:
    relatives = ["a/b.jpg", "a/b.png", "a__b.jpg", "A/B.jpg", "c.jpg", ".png"]
    names = unique_names(relatives)
    assert len({name.lower() for name in names}) == len(relatives)
    assert names[4] == "c"


@pytest.mark.parametrize(
    ("relative", "start"),
    [
        ("x-aug.jpg", "x-aug-"),  # would be taken for the copy of x
        ("x.png.jpg", "x.png-"),  # would be taken for the file of x
        (" x.jpg", "x-"),
        ("x\n.jpg", "x_-"),
        ("x\udcff.jpg", "x_-"),  # not UTF-8
        ("a:b?.jpg", "a_b_-"),
        (".jpg", "jpg-"),
        ("deep/" * 80 + "x.jpg", "deep__deep__"),
        ("\N{BLACK STAR}" * 80 + ".jpg", "\N{BLACK STAR}" * 36 + "-"),
        ("sub.dir/noext", "sub.dir__noext"),
    ],
)
def test_names_are_safe_in_any_file_system_and_table(relative: str, start: str) -> None:
    (name,) = unique_names([relative])
    assert name.startswith(start)
    assert len(name.encode()) <= 120
    assert name == name.strip()
    assert name.isprintable()


def test_a_folder_without_photos_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no images found"):
        find_photos(tmp_path, SETTINGS)
    with pytest.raises(DataError, match="no such folder"):
        find_photos(tmp_path / "none", SETTINGS)


def test_the_shares_of_the_splits_are_kept() -> None:
    relatives = [f"{number // 10}/{number}.jpg" for number in range(200)]
    hashes = [""] * len(relatives)
    counts = Counter(assign_splits(relatives, hashes, SETTINGS))
    assert counts == {"train": 160, "val": 20, "test": 20}
    without_val = assign_splits(relatives, hashes, replace(SETTINGS, split=(3.0, 0.0, 1.0)))
    assert Counter(without_val) == {"train": 150, "test": 50}


def test_a_folder_is_never_divided_when_splitting_by_folder() -> None:
    relatives = [f"{number // 7}/x/{number}.jpg" for number in range(140)]
    hashes = [str(number) for number in range(140)]
    splits = assign_splits(relatives, hashes, replace(SETTINGS, split_by="folder"))
    by_folder: dict[str, set[str]] = {}
    for relative, split in zip(relatives, splits, strict=True):
        by_folder.setdefault(relative.split("/")[0], set()).add(split)
    assert all(len(found) == 1 for found in by_folder.values())
    assert set(splits) == {"train", "val", "test"}
    assert splits != assign_splits(relatives, hashes, replace(SETTINGS, split_by="folder", seed=5))


@pytest.mark.parametrize("split_by", ["photo", "folder"])
def test_files_of_one_content_are_never_divided(split_by: Literal["photo", "folder"]) -> None:
    settings = replace(SETTINGS, split_by=split_by, split=(1.0, 1.0, 1.0))
    relatives = [f"{number // 2}/{number}.jpg" for number in range(16)]
    hashes = [str(number % 9) for number in range(16)]  # the last seven are copies of the first
    splits = assign_splits(relatives, hashes, settings)
    assert splits[9:] == splits[:7]
    assert len(set(splits)) == (3 if split_by == "photo" else 1), "copies chain all the folders"


def test_splits_do_not_depend_on_the_content_where_no_file_is_twice() -> None:
    relatives = [f"{number}.jpg" for number in range(12)]
    splits = assign_splits(relatives, [name[:-4] for name in relatives], SETTINGS)
    assert "".join(split[1] for split in splits) == "rrrrrrarrrer"


@pytest.mark.parametrize(
    ("values", "size_hw"),
    [
        ({}, (96, 128)),
        ({"scale": (0.5, 0.5)}, (48, 64)),
        ({"max_size": 64}, (48, 64)),
        ({"max_size": 500}, (96, 128)),
        ({"crop": 40}, (40, 40)),
        ({"crop": 100}, (96, 100)),
        ({"scale": (0.01, 0.01)}, (32, 32)),
        ({"scale": (0.5, 0.5), "crop": 50}, (48, 50)),
    ],
)
def test_photos_are_brought_to_size(
    photo: NDArray[np.uint8], values: dict[str, object], size_hw: tuple[int, int]
) -> None:
    settings = replace(SETTINGS, **values)  # type: ignore[arg-type]
    pixels = bring_to_size(photo, settings, np.random.default_rng(0))
    assert pixels.shape == (*size_hw, 3)
    assert pixels.dtype == np.uint8


def test_a_cut_starts_on_the_jpeg_grid(photo: NDArray[np.uint8]) -> None:
    for seed in range(8):
        cut = bring_to_size(photo, replace(SETTINGS, crop=50), np.random.default_rng(seed))
        places = [
            (top, left)
            for top in range(0, 47, 8)
            for left in range(0, 79, 8)
            if (photo[top : top + 50, left : left + 50] == cut).all()
        ]
        assert len(places) == 1


def test_small_and_broken_photos_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (31, 100)).save(tmp_path / "small.png")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with pytest.raises(ImageError, match="a side is shorter than 32"):
        read_photo(tmp_path / "small.png")
    with pytest.raises(ImageError, match="broken"):
        read_photo(tmp_path / "broken.png")
