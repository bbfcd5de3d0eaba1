"""What carries a picture: the same pixels say less as JPEG 70 than as PNG."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.images import ImagePixels

CARRIERS = ("lossless", "lossless_jpeg", "jpeg_high", "jpeg_mid", "jpeg_low", "other_lossy")
"""Lossless without and with the 8x8 lattice of an earlier JPEG; JPEG from quality 90, from 75,
below; WebP, AVIF, HEIC."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture without any network."""

    carrier: str
    quality: float
    """JPEG quality as a share, 1 for everything that is no JPEG."""
    flat: float
    """Share of pixels that equal the pixel to their right: drawn, not photographed."""
    grain: float
    """Logarithm (base 2) of the mean step between pixels, in grey levels: noise and texture."""


_HIGH, _MID = 90, 75
_LOSSY = {"WEBP", "AVIF", "HEIF", "HEIC"}
_BLOCK = 8
_SIDE = 1024
"""Looked at is the middle of the picture, at most so many pixels squared."""
_RISE = 1.06
"""How much larger steps across block borders are than others where there is a lattice."""


def facts_of(image: ImagePixels) -> Facts:
    """Return what is known of a picture before any network sees it."""
    middle = _middle(image.pixels)
    flat = (middle[:, 1:] == middle[:, :-1]).all(axis=2).mean() if middle.shape[1] > 1 else 1.0
    green = middle[..., 1].astype(np.int16)
    steps = np.abs(np.diff(green, n=2, axis=1)) if green.shape[1] > 2 else np.zeros(1)
    return Facts(
        carrier=carrier_of(image),
        quality=1.0 if image.quality is None else image.quality / 100,
        flat=float(flat),
        grain=math.log2(float(np.minimum(steps, 24).mean()) + 0.1),
    )


def carrier_of(image: ImagePixels) -> str:
    """Return which of `CARRIERS` an image came in."""
    if image.quality is not None:
        high, mid = image.quality >= _HIGH, image.quality >= _MID
        return "jpeg_high" if high else "jpeg_mid" if mid else "jpeg_low"
    if image.format in _LOSSY:
        return "other_lossy"
    return "lossless_jpeg" if has_lattice(image.pixels) else "lossless"


def has_lattice(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether 8x8 blocks at (0, 0) show: steps across their borders are larger than others."""
    green = _middle(pixels)[..., 1].astype(np.int16)
    across, inside = 0.0, 0.0
    for grey in (green, green.T):
        # Second differences, so that slopes of the picture do not count.
        steps = np.abs(grey[:, :-3] - 3 * grey[:, 1:-2] + 3 * grey[:, 2:-1] - grey[:, 3:])
        if steps.shape[1] < 2 * _BLOCK:
            return False
        by_phase = [
            float(np.minimum(steps[:, phase::_BLOCK], 24).mean()) for phase in range(_BLOCK)
        ]
        border = by_phase.pop(_BLOCK - 2)  # between columns 7 and 8
        across += border
        inside += max(by_phase)
    return across > _RISE * inside


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return at most `_SIDE` squared of the middle, on the grid of the blocks."""
    top, left = (max(0, side - _SIDE) // 2 // _BLOCK * _BLOCK for side in pixels.shape[:2])
    return pixels[top : top + _SIDE, left : left + _SIDE]
