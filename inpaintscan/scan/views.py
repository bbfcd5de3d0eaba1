"""What a network with a whole look is shown: the picture reduced, and a few of its pixels."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_GRID = 8
"""Squares begin on the grid of JPEG blocks."""


def views_of(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return views of a picture (H, W, 3), uint8 (1 + n, side, side, 3).

    The first is the whole picture reduced to a square, averaged as it shrinks. The others are n =
    1, 2 or 4 squares of its own pixels, spread evenly; none if a side of the picture is shorter.
    """
    height, width = pixels.shape[:2]
    squares = [
        pixels[top : top + side, left : left + side]
        for top, left in product(_starts(height, side), _starts(width, side))
    ]
    return np.stack([_reduce(pixels, side), *squares])


def _reduce(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    picture = Image.fromarray(pixels)
    return np.array(picture.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0))


def _starts(length: int, side: int) -> list[int]:
    """Return where squares begin along a side of the picture, spread evenly."""
    if length < side:
        return []
    count = 1 if length < 1.5 * side else 2
    free = length - side
    return [int(free * (k + 0.5) / count) // _GRID * _GRID for k in range(count)]
