"""Square windows of a picture: where they lie, what is in them, and what fills up a small one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture, uint8 RGB (H, W, 3), or its levels, uint8 (H, W)."""
Mask = NDArray[np.bool_]
"""The pixels of a picture that are replaced, or to be replaced, bool (H, W)."""


def draw_corner(
    shape: tuple[int, ...], side: int, rng: np.random.Generator, step: int = 1
) -> tuple[int, int]:
    """Return top and left, multiples of `step`, of a random window in a picture (H, W, ...)."""
    top, left = (int(rng.integers(max(0, room - side) // step + 1)) * step for room in shape[:2])
    return top, left


def place_window(mask: Mask, side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return top and left of a random window; if the mask (H, W) has any pixel, one is in it."""
    step = 4 if mask[::4, ::4].any() else 1
    rows, columns = np.nonzero(mask[::step, ::step])
    if not len(rows):
        return draw_corner(mask.shape, side, rng)
    chosen = rng.integers(len(rows))
    top, left = (
        int(np.clip(places[chosen] * step - rng.integers(side), 0, max(0, extent - side)))
        for places, extent in zip((rows, columns), mask.shape, strict=True)
    )
    return top, left


def cut_window(
    picture: NDArray[Any], corner: tuple[int, int], side: int, flip: bool = False
) -> NDArray[Any]:
    """Return the window at `corner` (top, left), at most `side` squared, mirrored if wanted."""
    top, left = corner
    window = picture[top : top + side, left : left + side]
    return np.ascontiguousarray(window[:, ::-1] if flip else window)


def reach(picture: NDArray[Any], side: int) -> NDArray[Any]:
    """Return the picture reflected at its edges to at least `side` squared."""
    missing = [max(0, side - extent) for extent in picture.shape[:2]]
    if not any(missing):
        return picture
    width = [(0, missing[0]), (0, missing[1]), *[(0, 0)] * (picture.ndim - 2)]
    return np.pad(picture, width, mode="symmetric")
