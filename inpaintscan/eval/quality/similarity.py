"""How near a fill comes to the original: PSNR and SSIM inside the mask."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_RANGE = 255.0
_SIGMA = 1.5
_RADIUS = 5
_STABILITY_MEAN = (0.01 * _RANGE) ** 2
_STABILITY_DEVIATION = (0.03 * _RANGE) ** 2


def psnr_inside(
    image: NDArray[np.uint8], original: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> float:
    """Return the peak signal-to-noise ratio in dB over the pixels of a mask (H, W).

    Images are uint8 (H, W, 3). Infinite where nothing differs, NaN for an empty mask.
    """
    difference = image[mask].astype(np.float64) - original[mask]
    if difference.size == 0:
        return math.nan
    error = float(np.mean(difference**2))
    return math.inf if error == 0 else 10 * math.log10(_RANGE**2 / error)


def ssim_inside(
    image: NDArray[np.uint8], original: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> float:
    """Return the mean structural similarity over the pixels of a mask (H, W) and the channels.

    Windows are those of Wang et al. 2004 (Gaussian, sigma 1.5); near the mask's edge they reach
    over it. NaN for an empty mask.
    """
    channels = range(image.shape[2])
    maps = (ssim_map(image[..., one], original[..., one]) for one in channels)
    return math.nan if not mask.any() else float(np.mean([one[mask].mean() for one in maps]))


def ssim_map(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the structural similarity (H, W) of two channels uint8 (H, W)."""
    one, two = first.astype(np.float64), second.astype(np.float64)
    mean_one, mean_two = _blur(one), _blur(two)
    variance_one = _blur(one * one) - mean_one**2
    variance_two = _blur(two * two) - mean_two**2
    covariance = _blur(one * two) - mean_one * mean_two
    likeness = (2 * mean_one * mean_two + _STABILITY_MEAN) * (2 * covariance + _STABILITY_DEVIATION)
    scale = (mean_one**2 + mean_two**2 + _STABILITY_MEAN) * (
        variance_one + variance_two + _STABILITY_DEVIATION
    )
    return likeness / scale


def _blur(channel: NDArray[np.float64]) -> NDArray[np.float64]:
    return gaussian_blur(channel, _SIGMA, _RADIUS, "symmetric")


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
