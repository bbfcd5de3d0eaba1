"""What carries a picture decides which threshold holds."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.images import read_image
from inpaintscan.scan.carrier import carrier_of, facts_of, has_lattice


@pytest.mark.parametrize(
    ("name", "options", "carrier"),
    [
        ("a.jpg", {"quality": 95}, "jpeg_high"),
        ("a.jpg", {"quality": 90}, "jpeg_high"),
        ("a.jpg", {"quality": 80}, "jpeg_mid"),
        ("a.jpg", {"quality": 60}, "jpeg_low"),
        ("a.webp", {"quality": 80}, "other_lossy"),
        ("a.png", {}, "lossless"),
    ],
)
def test_by_format_and_quality(
    tmp_path: Path,
    photos: dict[str, Path],
    name: str,
    options: dict[str, int],
    carrier: str,
) -> None:
    Image.open(photos["astronaut"]).convert("RGB").save(tmp_path / name, **options)
    assert carrier_of(read_image(tmp_path / name)) == carrier


@pytest.mark.parametrize("quality", [50, 75, 85])
def test_a_png_that_was_a_jpeg(tmp_path: Path, photos: dict[str, Path], quality: int) -> None:
    file = io.BytesIO()
    Image.open(photos["coffee"]).convert("RGB").save(file, "JPEG", quality=quality)
    Image.open(file).save(tmp_path / "b.png")
    assert carrier_of(read_image(tmp_path / "b.png")) == "lossless_jpeg"


def test_a_drawing_is_flat_and_a_photo_grainy(tmp_path: Path, photos: dict[str, Path]) -> None:
    drawing = np.full((128, 128, 3), 255, np.uint8)
    drawing[40:80, 30:90] = (20, 60, 200)
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    drawn, photo = (
        facts_of(read_image(path)) for path in (tmp_path / "drawing.png", photos["coffee"])
    )
    assert drawn.flat > 0.95
    assert photo.flat < 0.3
    assert photo.grain > drawn.grain + 2


def test_one_pixel_has_facts(zoo: dict[str, Path]) -> None:
    assert facts_of(read_image(zoo["one-pixel.png"])).flat == 1.0


def test_flat_and_tiny_pictures_have_no_lattice() -> None:
    assert not has_lattice(np.zeros((64, 64, 3), np.uint8))
    assert not has_lattice(np.zeros((9, 9, 3), np.uint8))
