"""Run a network over a photo of any size in overlapping tiles, blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Fn = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]


def pad_to(pixels: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Pad (H, W, C) at the bottom and right by reflection to at least `height` x `width`."""
    pad_rows, pad_columns = max(0, height - pixels.shape[0]), max(0, width - pixels.shape[1])
    if not pad_rows and not pad_columns:
        return pixels
    return np.pad(pixels, ((0, pad_rows), (0, pad_columns), (0, 0)), mode="symmetric")


def round_up(side: int, multiple: int) -> int:
    """Return the smallest multiple that is not below `side`."""
    return -(-side // multiple) * multiple


def starts(side: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin along a side; all full, the last one moved inward."""
    if side <= tile:
        return [0]
    count = -(-(side - overlap) // (tile - overlap))
    return [round(index * (side - tile) / (count - 1)) // 8 * 8 for index in range(count - 1)] + [
        side - tile
    ]


def run_tiled(
    pixels: NDArray[np.float32], run: Fn, *, tile: int, overlap: int, multiple: int = 8
) -> NDArray[np.float32]:
    """Apply `run` (h, w, C) -> (h, w, 3) to all of `pixels` (H, W, C); float32 (H, W, 3).

    A photo of up to one tile goes in whole, padded by reflection to the multiple. Where tiles
    overlap, they are blended by weights that fall linearly towards their edges.
    """
    height, width = pixels.shape[:2]
    padded = pad_to(pixels, round_up(height, multiple), round_up(width, multiple))
    rows, columns = padded.shape[:2]
    if rows <= tile and columns <= tile:
        return run(padded)[:height, :width]
    total = np.zeros((rows, columns, 3), dtype=np.float32)
    weights = np.zeros((rows, columns, 1), dtype=np.float32)
    for top in starts(rows, tile, overlap):
        for left in starts(columns, tile, overlap):
            part = padded[top : top + tile, left : left + tile]
            weight = _ramp(part.shape[0], overlap)[:, None, None] * _ramp(part.shape[1], overlap)[None, :, None]
            total[top : top + tile, left : left + tile] += run(part) * weight
            weights[top : top + tile, left : left + tile] += weight
    return (total / weights)[:height, :width]


def _ramp(side: int, overlap: int) -> NDArray[np.float32]:
    """Return weights along a tile's side: 1 inside, falling to nearly 0 over the overlap."""
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 1.0
    return np.minimum(1.0, distance / max(1, overlap)).astype(np.float32)
