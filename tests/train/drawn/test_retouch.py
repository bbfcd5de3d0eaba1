"""Single edits by OpenCV against what they are said to do."""

from __future__ import annotations

import io

import numpy as np
import skimage.data
from PIL import Image

from inpaintscan.train.drawn import retouch

PHOTO = np.ascontiguousarray(skimage.data.coffee()[80:208, 200:328])


def test_a_jpeg_is_what_pillow_makes_of_it() -> None:
    """Red and blue exchanged would weigh wrongly in luma, and leave no trace of it in a test."""
    red = np.zeros((32, 32, 3), np.uint8)
    red[::2, :, 0] = 255
    for pixels in (PHOTO, red):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=60, subsampling=2)
        expected = np.asarray(Image.open(buffer)).astype(int)
        found = retouch.jpeg(pixels, 60)
        assert np.abs(found - expected).mean() < 1
        swapped = retouch.jpeg(np.ascontiguousarray(pixels[..., ::-1]), 60)[..., ::-1]
        assert np.abs(swapped - expected).mean() > 2 * np.abs(found - expected).mean()


def test_an_offset_moves_the_grid() -> None:
    shifted = retouch.jpeg(PHOTO, 30, offset=(3, 5))
    assert shifted.shape == PHOTO.shape
    padded = np.pad(PHOTO, ((3, 0), (5, 0), (0, 0)), mode="edge")
    np.testing.assert_array_equal(shifted, retouch.jpeg(padded, 30)[3:, 5:])


def test_colours_are_matched_inside_the_mask() -> None:
    rng = np.random.default_rng(0)
    donor = rng.integers(0, 80, PHOTO.shape, np.uint8)
    mask = np.zeros(PHOTO.shape[:2], dtype=bool)
    mask[20:90, 30:100] = True
    matched = retouch.match_colours(donor, PHOTO, mask, 1.0)
    apart = np.abs(matched[mask].mean(axis=0) - PHOTO[mask].mean(axis=0))
    assert (apart < 6).all()
    np.testing.assert_array_equal(retouch.match_colours(donor, PHOTO, mask, 0.0), donor)


def test_grain_is_the_same_for_the_same_seed() -> None:
    one, two = (retouch.grain(PHOTO, 2.0, coloured=True, smooth=True, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert 0.5 < (one.astype(int) - PHOTO).std() < 4
    assert (retouch.grain(PHOTO, 2.0, coloured=True, smooth=True, seed=5) != one).any()


def test_edits_keep_what_they_are_said_to_keep() -> None:
    flat = np.full((40, 40, 3), 90, np.uint8)
    for changed in (
        retouch.blur(flat, 1.0), retouch.sharpen(flat, 1.0, 0.8), retouch.median(flat, 3),
        retouch.bilateral(flat, 30, 2), retouch.webp(flat, 80), retouch.tone(flat, 1.0),
        retouch.mix(flat, flat, 0.3), retouch.resize(flat, (40, 40), 1),
    ):  # fmt: skip
        assert np.abs(changed.astype(int) - 90).max() <= 1
    assert retouch.tone(flat, 2.0).max() < 60
    assert retouch.resize(flat, (20, 30), 1).shape == (20, 30, 3)
