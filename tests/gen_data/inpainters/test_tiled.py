from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inpaintscan.gen_data.inpainters.networks import MULTIPLE, run_tiled
from inpaintscan.scan.tiles import tile_starts


@given(st.integers(1, 60), st.integers(2, 8), st.integers(0, 1))
def test_tiles_cover_the_side_and_overlap(units: int, tile_units: int, overlap_units: int) -> None:
    side, tile, overlap = (count * MULTIPLE for count in (units, tile_units, overlap_units))
    starts = tile_starts(side, tile, MULTIPLE, overlap)
    assert starts[0] == 0
    assert starts[-1] == max(0, side - tile)
    for before, after in pairwise(starts):
        assert before < after <= before + tile - overlap
    assert all(start % MULTIPLE == 0 for start in starts)


@pytest.mark.parametrize("size_hw", [(8, 8), (33, 47), (64, 64), (130, 70), (65, 200)])
def test_a_function_of_pixels_is_applied_as_to_the_whole(size_hw: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).random((2, *size_hw, 4), dtype=np.float32)
    shapes = []

    def run(part: NDArray[np.float32]) -> NDArray[np.float32]:
        shapes.append(part.shape[1:3])
        return 1 - part[..., :3]

    result = run_tiled(pixels, run, tile=64, overlap=16)
    assert np.allclose(result, 1 - pixels[..., :3], atol=1e-6)
    assert all(side % MULTIPLE == 0 and side <= 64 for shape in shapes for side in shape)
