"""Changes of a picture keep picture and mask together."""

from __future__ import annotations

import numpy as np
import pytest

from inpaintscan.data.augment import add_noise, augment, change_tone, flip, jitter_colour, rotate


def picture() -> tuple[np.ndarray, np.ndarray]:
    """A grey frame with a white rectangle, and the rectangle's mask."""
    mask = np.zeros((40, 60), dtype=bool)
    mask[10:25, 20:45] = True
    return np.where(mask[..., None], 255, 60).astype(np.uint8).repeat(3, axis=2), mask


@pytest.mark.parametrize("change", [flip, rotate])
def test_geometry_moves_picture_and_mask_alike(change) -> None:  # noqa: ANN001
    pixels, mask = picture()
    for seed in range(8):
        moved, moved_mask = change(pixels, mask, np.random.default_rng(seed))
        assert moved.shape == pixels.shape
        assert moved_mask.shape == mask.shape
        agree = (moved[..., 0] > 157) == moved_mask
        assert agree.mean() > 0.97  # edges are interpolated in the picture, not in the mask


@pytest.mark.parametrize("change", [add_noise, change_tone, jitter_colour])
def test_colour_changes_keep_shape_and_type(change) -> None:  # noqa: ANN001
    pixels = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    changed = change(pixels, np.random.default_rng(1))
    assert changed.shape == pixels.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, pixels)


def test_the_same_generator_makes_the_same_picture() -> None:
    pixels, mask = picture()
    once = augment(pixels, mask, np.random.default_rng(5), 1.0)
    again = augment(pixels, mask, np.random.default_rng(5), 1.0)
    assert np.array_equal(once[0], again[0])
    assert np.array_equal(once[1], again[1])


def test_share_is_the_share_that_changes() -> None:
    pixels, mask = picture()
    changed = [
        augment(pixels, mask, np.random.default_rng(seed), 0.5)[0] is not pixels
        for seed in range(200)
    ]
    assert 0.38 < np.mean(changed) < 0.62
    assert augment(pixels, mask, np.random.default_rng(0), 0.0)[0] is pixels
