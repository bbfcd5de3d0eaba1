"""Fills varied as other tools would have left them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inpaintscan.train.crops.varied_fills import compress, vary_fill, vary_trace


def picture(seed: int, side: int = 64) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("same_content", [True, False])
def test_a_varied_fill_keeps_its_shape_and_roughly_its_content(same_content: bool) -> None:
    original, filled = picture(0), picture(0 if same_content else 1)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        varied = vary_fill(original, filled, rng, same_content)
        assert varied.shape == filled.shape
        assert varied.dtype == np.uint8
        difference = np.abs(varied.astype(float) - filled).mean()
        assert difference < 12


def test_variation_is_many_and_the_same_for_the_same_seed() -> None:
    original, filled = picture(0), picture(1)
    varied = [vary_fill(original, filled, np.random.default_rng(s), False) for s in range(30)]
    again = [vary_fill(original, filled, np.random.default_rng(s), False) for s in range(30)]
    for first, second in zip(varied, again, strict=True):
        np.testing.assert_array_equal(first, second)
    assert len({fill.tobytes() for fill in varied}) > 15


def test_a_trace_is_scaled_about_the_photo() -> None:
    original = np.full((8, 8, 3), 100, np.uint8)
    rebuilt = np.full((8, 8, 3), 110, np.uint8)
    seen = {
        int(vary_trace(original, rebuilt, np.random.default_rng(s))[0, 0, 0]) for s in range(60)
    }
    assert min(seen) >= 106
    assert max(seen) <= 116
    assert len(seen) > 5


def test_a_shifted_grid_leaves_its_steps_where_it_was_shifted_to() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    ramp = np.asarray(Image.fromarray(noisy).resize((64, 64)).convert("L").convert("RGB"))
    coded = compress(ramp, 10, offset=(3, 5)).astype(float).mean(axis=2)
    assert coded.shape == (64, 64)
    down = np.abs(np.diff(coded, axis=0)).mean(axis=1)
    right = np.abs(np.diff(coded, axis=1)).mean(axis=0)
    assert np.argmax([down[k::8].mean() for k in range(8)]) == 8 - 3 - 1
    assert np.argmax([right[k::8].mean() for k in range(8)]) == 8 - 5 - 1
