"""What carries a picture: the same pixels say less as JPEG 70 than as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inpaintscan.images import ImagePixels

CARRIERS = ("lossless", "lossless_jpeg", "jpeg_high", "jpeg_mid", "jpeg_low", "other_lossy")
"""Lossless without and with the 8x8 lattice of an earlier JPEG; JPEG from quality 90, from 75,
below; WebP, AVIF, HEIC."""

_HIGH, _MID = 90, 75
_LOSSY = {"WEBP", "AVIF", "HEIF", "HEIC"}
_BLOCK = 8
_SIDE = 1024
"""The lattice is looked for in the middle, at most so many pixels squared."""
_RISE = 1.06
"""How much larger steps across block borders are than others where there is a lattice."""


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
    height, width = pixels.shape[:2]
    top, left = (max(0, side - _SIDE) // 2 // _BLOCK * _BLOCK for side in (height, width))
    green = pixels[top : top + _SIDE, left : left + _SIDE, 1].astype(np.int16)
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
