"""A Gaussian blur in NumPy."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray


def gaussian_blur(
    channel: NDArray[np.float64], sigma: float, radius: int, border: Literal["symmetric", "edge"]
) -> NDArray[np.float64]:
    """Return a channel (H, W) blurred with a window of `2 radius + 1` pixels a side.

    `border` says how the image goes on outside: mirrored or with its last row.
    """
    offsets = np.arange(-radius, radius + 1)
    window = np.exp(-(offsets**2) / (2 * sigma**2))
    window /= window.sum()
    height, width = channel.shape
    padded = np.pad(channel, ((radius, radius), (0, 0)), border)
    rows = np.zeros_like(channel)
    for place, weight in enumerate(window):
        rows += weight * padded[place : place + height]
    padded = np.pad(rows, ((0, 0), (radius, radius)), border)
    blurred = np.zeros_like(channel)
    for place, weight in enumerate(window):
        blurred += weight * padded[:, place : place + width]
    return blurred
