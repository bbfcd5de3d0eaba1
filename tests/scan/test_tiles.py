"""Tiles cover the image, and their maps put together are the map of the whole."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaintscan.scan.tiles import (
    GRID,
    OVERLAP,
    MapStitcher,
    Tile,
    cut_tiles,
    read_tile,
    tile_side,
    tile_starts,
)


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (1, 32),  # at least one unit
        (32, 32),
        (33, 64),  # the next multiple
        (1000, 1024),
        (1024, 1024),
        (1025, 1024),  # never over the limit
        (10_000, 1024),
    ],
)
def test_tile_side(side: int, expected: int) -> None:
    assert tile_side(side, 1024, 32) == expected


@pytest.mark.parametrize(
    ("side", "starts"),
    [
        (10, (0,)),
        (1024, (0,)),
        (1025, (0, 8)),  # the last one moved inward, to a multiple of 8
        (1984, (0, 960)),
        (1985, (0, 960, 968)),
        (3000, (0, 960, 1920, 1976)),
    ],
)
def test_tile_starts(side: int, starts: tuple[int, ...]) -> None:
    assert tile_starts(side, 1024, 8) == starts


SIZES = st.tuples(st.integers(1, 700), st.integers(1, 700))
FEEDS = st.sampled_from([(64, 32, 4), (128, 32, 8), (96, 16, 16), (256, 32, 2), (32, 32, 1)])


@given(size_hw=SIZES, feed=FEEDS)
def test_tiles_cover_the_image(size_hw: tuple[int, int], feed: tuple[int, int, int]) -> None:
    limit, multiple, stride = feed
    tiles = cut_tiles(size_hw, limit, multiple, stride)
    assert len({(tile.height, tile.width) for tile in tiles}) == 1
    for axis, side in enumerate(size_hw):
        starts = sorted({(tile.top, tile.left)[axis] for tile in tiles})
        length = (tiles[0].height, tiles[0].width)[axis]
        assert starts[0] == 0
        assert starts[-1] < side <= starts[-1] + length
        assert all(start % math.lcm(GRID, stride) == 0 for start in starts)
        overlap = min(OVERLAP, limit // 2)
        assert all(b - a <= length - overlap for a, b in pairwise(starts))
        assert length % multiple == 0
        assert length <= limit


@given(size_hw=st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_a_tile_holds_the_image_and_its_reflection(size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    image = np.random.default_rng(height * 41 + width).integers(0, 256, (height, width, 3))
    image = image.astype(np.uint8)
    pixels = read_tile(image, Tile(0, 0, 64, 64))
    assert pixels.shape == (64, 64, 3)
    assert np.array_equal(pixels[:height, :width], image)
    if height > 1:
        assert np.array_equal(pixels[height, :width], image[height - 2])
    if width > 1:
        assert np.array_equal(pixels[:height, width], image[:, width - 2])


def test_a_tile_is_a_copy() -> None:
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    read_tile(image, Tile(0, 0, 64, 64))[:] = 1
    read_tile(image, Tile(8, 0, 32, 32))[:] = 1
    assert image.max() == 0


@settings(max_examples=50)
@given(size_hw=SIZES, feed=FEEDS, seed=st.integers(0, 9))
def test_maps_of_a_local_function_are_put_together_exactly(
    size_hw: tuple[int, int], feed: tuple[int, int, int], seed: int
) -> None:
    limit, multiple, stride = feed
    tiles = cut_tiles(size_hw, limit, multiple, stride)
    cells = tuple(math.ceil(side / stride) for side in size_hw)
    whole = np.random.default_rng(seed).random((cells[0] + limit, cells[1] + limit))
    whole = whole.astype(np.float32)
    stitcher = MapStitcher(size_hw, stride)
    for tile in tiles:
        top, left = tile.top // stride, tile.left // stride
        rows, columns = tile.height // stride, tile.width // stride
        stitcher.add(tile, whole[top : top + rows, left : left + columns])
    found = stitcher.finish()
    assert found.dtype == np.float32
    assert found.shape == cells
    np.testing.assert_allclose(found, whole[: cells[0], : cells[1]], rtol=0, atol=1e-6)


def test_overlapping_maps_are_blended_smoothly() -> None:
    size_hw = (64, 192)
    stitcher = MapStitcher(size_hw, 4)
    for number, tile in enumerate(cut_tiles(size_hw, 128, 32, 4)):
        value = np.float32(number % 2)
        stitcher.add(tile, np.full((tile.height // 4, tile.width // 4), value, np.float32))
    row = stitcher.finish()[0]
    assert row[:16].tolist() == [0.0] * 16  # only the first tile
    assert row[-16:].tolist() == [1.0] * 16  # only the second
    assert (np.diff(row) >= 0).all()
    assert np.diff(row).max() < 0.12  # no seam


def test_one_tile_is_taken_as_it_is() -> None:
    values = np.random.default_rng(0).random((8, 8)).astype(np.float32)
    stitcher = MapStitcher((30, 30), 4)
    stitcher.add(Tile(0, 0, 32, 32), values)
    assert np.array_equal(stitcher.finish(), values)
    smaller = MapStitcher((21, 30), 4)
    smaller.add(Tile(0, 0, 32, 32), values)
    assert np.array_equal(smaller.finish(), values[:6])
