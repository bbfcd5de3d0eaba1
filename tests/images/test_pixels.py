"""Orientation and conversion by strips give what Pillow gives for the whole image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inpaintscan.images import pixels
from inpaintscan.images.pixels import jpeg_quality, to_rgb


def random_image(mode: str, height: int, width: int, seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    rgb = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    return rgb.convert(mode)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("strip_pixels", [7, 10**6])
def test_orientation_is_that_of_pillow(
    orientation: int, strip_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "_STRIP_PIXELS", strip_pixels)
    image = random_image("RGB", 5, 3, orientation)
    tagged = image.copy()
    tagged.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(tagged))
    found, notes = to_rgb(image, orientation)
    assert np.array_equal(found, expected)
    assert notes == ()


@given(
    mode=st.sampled_from(["RGB", "L", "P", "CMYK", "RGBA", "LA", "1", "YCbCr", "HSV"]),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    strip=st.integers(1, 30),
    orientation=st.integers(1, 8),
)
def test_strips_do_not_show(
    mode: str, height: int, width: int, strip: int, orientation: int
) -> None:
    image = random_image(mode, height, width, height * 10 + width)
    whole, _ = to_rgb(image, orientation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pixels, "_STRIP_PIXELS", strip)
        assert np.array_equal(to_rgb(image, orientation)[0], whole)


@pytest.mark.parametrize(
    ("mode", "value", "grey"),
    [
        ("I;16", 0, 0),
        ("I;16", 255, 255),  # 8 bits kept in samples of 16
        ("I;16", 65535, 255),
        ("I", 200, 200),  # fits 8 bits
        ("I", 65535, 255),  # fits 16
        ("F", 1.0, 255),  # fits 0 to 1
        ("F", 0.5, 128),
        ("F", 128.0, 128),  # fits 8 bits
    ],
)
def test_values_beyond_8_bits(mode: str, value: float, grey: int) -> None:
    image = Image.new(mode, (2, 2), value)
    found, notes = to_rgb(image, 1)
    assert (found == grey).all()
    assert len(notes) == 1


def test_a_range_of_its_own_is_stretched() -> None:
    image = Image.fromarray(np.array([[-100.0, 0.0], [50.0, 100.0]], dtype=np.float32))
    found, notes = to_rgb(image, 1)
    assert found[..., 0].tolist() == [[0, 128], [191, 255]]
    assert notes == ("values -100 to 100 reduced to 8 bits",)


def test_a_half_transparent_pixel_is_mixed_with_white() -> None:
    rgba: Any = np.array([[[0, 100, 255, 128]]], dtype=np.uint8)
    assert to_rgb(Image.fromarray(rgba), 1)[0].tolist() == [[[127, 177, 255]]]


def test_an_infinite_value_is_refused() -> None:
    values = np.array([[0.0, np.inf]], dtype=np.float32)
    with pytest.raises(ValueError, match="not all finite"):
        to_rgb(Image.fromarray(values), 1)


@pytest.mark.parametrize(("entry", "quality"), [(1, 100), (255, 1)])
def test_quality_of_extreme_tables(entry: int, quality: int) -> None:
    assert jpeg_quality({0: [entry] * 64, 1: [entry] * 64}) == quality
