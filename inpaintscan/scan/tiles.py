"""Geometry of tiles: cut an image, pad a tile, put the tiles' maps together again. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OVERLAP = 64
"""Least overlap of neighbouring tiles in pixels."""
GRID = 8
"""Tiles begin at multiples of it, so each sees the JPEG blocks where they lie in the image."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the image, in pixels; it may reach past the lower and right border."""

    top: int
    left: int
    height: int
    width: int


def cut_tiles(size_hw: tuple[int, int], limit: int, multiple: int, stride: int) -> tuple[Tile, ...]:
    """Return the tiles that cover an image, row by row.

    A side not longer than `limit` is covered by one tile of the next multiple of `multiple`; a
    longer one by tiles of `limit` that overlap by `OVERLAP` or more, the last one moved inward.
    `limit` is a multiple of `multiple`, and that one of `stride`.
    """
    step = math.lcm(GRID, stride)
    height, width = (tile_side(side, limit, multiple) for side in size_hw)
    return tuple(
        Tile(top, left, height, width)
        for top in tile_starts(size_hw[0], limit, step)
        for left in tile_starts(size_hw[1], limit, step)
    )


def tile_side(side: int, limit: int, multiple: int) -> int:
    """Return the side of the tiles along an axis of `side` pixels."""
    return min(math.ceil(side / multiple) * multiple, limit)


def tile_starts(side: int, limit: int, step: int, overlap: int = OVERLAP) -> tuple[int, ...]:
    """Return where the tiles along an axis of `side` pixels begin: multiples of `step`, rising.

    Neighbours share `overlap` pixels at least, but no more than half a tile is asked for.
    """
    if side <= limit:
        return (0,)
    last = math.ceil((side - limit) / step) * step
    advance = max((limit - min(overlap, limit // 2)) // step * step, step)
    return (*range(0, last, advance), last)


def read_tile(image_hwc: NDArray[np.uint8], tile: Tile) -> NDArray[np.uint8]:
    """Return a copy of a tile's pixels, uint8 (height, width, 3), reflected past the border."""
    rows = image_hwc[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    below, right = tile.height - rows.shape[0], tile.width - rows.shape[1]
    if below or right:
        return np.pad(rows, ((0, below), (0, right), (0, 0)), mode="reflect")
    return np.ascontiguousarray(rows) if rows.base is None else rows.copy()


class MapStitcher:
    """Puts the maps of an image's tiles together on the grid of cells of `stride` pixels.

    Where tiles overlap, their values are averaged with weights that fall off towards each tile's
    inner borders as a raised cosine; one tile alone is taken as it is.
    """

    def __init__(self, size_hw: tuple[int, int], stride: int) -> None:
        self._stride = stride
        self._shape = (math.ceil(size_hw[0] / stride), math.ceil(size_hw[1] / stride))
        self._sum = np.zeros(self._shape, dtype=np.float32)
        self._weight: NDArray[np.float32] | None = None

    def add(self, tile: Tile, values: NDArray[np.float32]) -> None:
        """Add the map of a tile, float32 (height / stride, width / stride)."""
        stride = self._stride
        top, left = tile.top // stride, tile.left // stride
        values = values[: self._shape[0] - top, : self._shape[1] - left]
        if values.shape == self._shape:
            self._sum[:] = values
            return
        if self._weight is None:
            self._weight = np.zeros(self._shape, dtype=np.float32)
        place = np.s_[top : top + values.shape[0], left : left + values.shape[1]]
        rows = _ramp(values.shape[0], top, self._shape[0], stride)
        columns = _ramp(values.shape[1], left, self._shape[1], stride)
        weight = rows[:, None] * columns
        self._sum[place] += values * weight
        self._weight[place] += weight

    def finish(self) -> NDArray[np.float32]:
        """Return the map of the image, float32 (ceil(H / stride), ceil(W / stride)).

        May be called again; nothing is added afterwards.
        """
        if self._weight is not None:
            self._sum /= self._weight
            self._weight = None
        return self._sum


def _ramp(length: int, start: int, total: int, stride: int) -> NDArray[np.float32]:
    """Return the weights along one axis: 1 inside and at the image's border, lower near others."""
    width = max(OVERLAP // stride, 1)
    ramp = np.ones(length, dtype=np.float32)
    edge = np.minimum(np.arange(length, dtype=np.float32) + np.float32(0.5), np.float32(width))
    rising = np.float32(0.5) - np.float32(0.5) * np.cos(np.float32(np.pi) * edge / width)
    if start > 0:
        ramp *= rising
    if start + length < total:
        ramp *= rising[::-1]
    return ramp.astype(np.float32)
