"""Frames of another program, made into a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from inpaintscan.data import read_dataset
from inpaintscan.errors import DataError, UsageError
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings

KINDS = ("original", "mask", "inpainted", "realfake")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos, one in a sub-folder."""
    folder = tmp_path / "photos"
    rng = np.random.default_rng(0)
    for name in ("a.png", "lake/b.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(folder / name)
    return folder


@pytest.fixture
def frames(photos: Path) -> Path:
    """What a tool that inverts colours made of them."""
    folder = photos.with_name("negatives")
    for path in [*photos.rglob("*.png"), *photos.rglob("*.jpg")]:
        target = (folder / path.relative_to(photos)).with_suffix(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        ImageOps.invert(Image.open(path)).save(target)
    return folder


def settings(frames: Path, **more: object) -> Settings:
    return Settings(methods=(Choice("frames", str(frames)),), kinds=KINDS, **more)  # type: ignore[arg-type]


def test_each_photo_is_filled_with_its_own_frame(
    photos: Path, frames: Path, tmp_path: Path
) -> None:
    generate(photos, tmp_path / "made", settings(frames))
    samples = read_dataset(tmp_path / "made").samples
    images = {(s.kind, s.image.stem): np.asarray(Image.open(s.image)) for s in samples}
    masks = {s.image.stem: s.mask for s in samples if s.kind == "realfake"}
    assert len(masks) == 2
    for name, mask_path in masks.items():
        assert mask_path is not None
        original, whole = images["original", name], images["inpainted", name]
        mask = np.asarray(Image.open(mask_path)) == 255
        assert (whole == 255 - original).all()
        assert (images["realfake", name] == np.where(mask[..., None], whole, original)).all()
    labels = {s.kind: (s.label, s.method) for s in samples}
    assert labels["inpainted"] == ("generated", "frames:negatives")
    assert labels["realfake"] == ("inpainted", "frames:negatives")


def test_a_missing_frame_is_named(photos: Path, frames: Path, tmp_path: Path) -> None:
    (frames / "lake" / "b.png").unlink()
    with pytest.raises(DataError, match=r"negatives: has no frame of the photo lake/b\.jpg"):
        generate(photos, tmp_path / "made", settings(frames))


def test_a_frame_of_another_size_is_refused(photos: Path, frames: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"64 x 48 pixels, its photo 32 x 32: .* leave out --scale"):
        generate(photos, tmp_path / "made", settings(frames, crop=32))


def test_frames_need_a_folder_and_one_image_a_photo(
    photos: Path, frames: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="frames=FOLDER"):
        generate(photos, tmp_path / "made", Settings(methods=(Choice("frames"),)))
    Image.new("RGB", (64, 48)).save(frames / "a.webp")
    with pytest.raises(UsageError, match="two frames of one photo"):
        generate(photos, tmp_path / "twice", settings(frames))
