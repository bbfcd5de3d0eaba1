"""Run a network over photos of any size in overlapping tiles, blended."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inpaintscan.scan.tiles import tile_starts

MULTIPLE = 16
"""The sides of a network's input are multiples of it; the partial U-Net halves them four times."""

Run = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]


def run_tiled(
    pixels: NDArray[np.float32], run: Run, *, tile: int, overlap: int, multiple: int = MULTIPLE
) -> NDArray[np.float32]:
    """Apply `run` (B, h, w, C) -> (B, h, w, 3) to `pixels` (B, H, W, C); float32 (B, H, W, 3).

    Photos of up to one tile go in whole, padded by reflection to the multiple. Where tiles
    overlap, they are blended by weights that fall linearly towards their edges.
    """
    batch, height, width = pixels.shape[:3]
    padded = pad_to(pixels, multiple)
    rows, columns = padded.shape[1:3]
    if rows <= tile and columns <= tile:
        return run(padded)[:, :height, :width]
    total = np.zeros((batch, rows, columns, 3), dtype=np.float32)
    weights = np.zeros((rows, columns, 1), dtype=np.float32)
    for top in tile_starts(rows, tile, multiple, overlap):
        for left in tile_starts(columns, tile, multiple, overlap):
            part = padded[:, top : top + tile, left : left + tile]
            down, across = _ramp(part.shape[1], overlap), _ramp(part.shape[2], overlap)
            weight = (down[:, None] * across[None])[..., None]
            total[:, top : top + tile, left : left + tile] += run(part) * weight
            weights[top : top + tile, left : left + tile] += weight
    return (total / weights)[:, :height, :width]


def pad_to(pixels: NDArray[np.float32], multiple: int) -> NDArray[np.float32]:
    """Pad (B, H, W, C) at the bottom and right by reflection, until sides are multiples."""
    rows, columns = (-side % multiple for side in pixels.shape[1:3])
    return np.pad(pixels, ((0, 0), (0, rows), (0, columns), (0, 0)), mode="symmetric")


def _ramp(side: int, overlap: int) -> NDArray[np.float32]:
    """Return weights along a tile's side: 1 inside, falling to nearly 0 over the overlap."""
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 1.0
    return np.minimum(1.0, distance / max(1, overlap)).astype(np.float32)
