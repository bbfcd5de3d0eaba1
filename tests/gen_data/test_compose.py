from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.findings import Box
from inpaintscan.gen_data.compose import bounding_box, paste


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_paste_blends_each_pixel_by_the_mask(original: int, content: int, mask: int) -> None:
    pasted = paste(
        np.full((1, 1, 3), original, np.uint8),
        np.full((1, 1, 3), content, np.uint8),
        np.full((1, 1), mask, np.uint8),
    )
    exact = (content * mask + original * (255 - mask)) / 255
    assert pasted.dtype == np.uint8
    assert abs(float(pasted[0, 0, 0]) - exact) <= 0.5


def test_paste_keeps_the_bytes_where_the_mask_is_zero_and_takes_all_where_it_is_full() -> None:
    rng = np.random.default_rng(0)
    original, content = rng.integers(0, 256, (2, 8, 9, 3), dtype=np.uint8)
    mask = np.where(rng.random((8, 9)) < 0.5, np.uint8(255), np.uint8(0))
    pasted = paste(original, content, mask)
    assert (pasted[mask == 0] == original[mask == 0]).all()
    assert (pasted[mask == 255] == content[mask == 255]).all()


def test_the_box_is_half_open_and_zero_for_an_empty_mask() -> None:
    mask = np.zeros((10, 20), dtype=bool)
    assert bounding_box(mask) == Box(0, 0, 0, 0)
    mask[3, 5] = mask[7, 11] = True
    assert bounding_box(mask) == Box(5, 3, 12, 8)
