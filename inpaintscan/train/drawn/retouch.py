"""Single edits of a picture by OpenCV, each fully decided by its arguments.

Pictures are uint8 RGB (H, W, 3), contiguous. `data.edits` has the same for whole images by Pillow.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from inpaintscan.data.windows import Mask, Pixels

INTERPOLATIONS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)
FULL_COLOUR = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
HALF_COLOUR = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420


def jpeg(
    pixels: Pixels, quality: int, sampling: int = HALF_COLOUR, offset: tuple[int, int] = (0, 0)
) -> Pixels:
    """Return the picture out of a JPEG whose 8x8 grid begins `offset` (down, right) outside."""
    down, right = offset
    if down or right:
        pixels = _array(cv2.copyMakeBorder(pixels, down, 0, right, 0, cv2.BORDER_REPLICATE))
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return np.ascontiguousarray(_recode(pixels, ".jpg", options)[down:, right:])


def webp(pixels: Pixels, quality: int) -> Pixels:
    """Return the picture out of a WebP."""
    return _recode(pixels, ".webp", [cv2.IMWRITE_WEBP_QUALITY, quality])


def _recode(pixels: Pixels, ending: str, options: Sequence[int]) -> Pixels:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)  # else red and blue trade their weights in luma
    done, content = cv2.imencode(ending, bgr, options)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert done
    assert decoded is not None
    return _array(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def resize(pixels: Pixels, size_hw: tuple[int, int], interpolation: int) -> Pixels:
    """Return the picture at another size."""
    if pixels.shape[:2] == size_hw:
        return pixels
    return _array(cv2.resize(pixels, size_hw[::-1], interpolation=interpolation))


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Return a Gaussian blur; `sigma` in pixels."""
    return _array(cv2.GaussianBlur(pixels, (0, 0), sigma))


def sharpen(pixels: Pixels, sigma: float, amount: float) -> Pixels:
    """Return the picture plus `amount` times what a blur takes away."""
    return _array(
        cv2.addWeighted(pixels, 1 + amount, cv2.GaussianBlur(pixels, (0, 0), sigma), -amount, 0)
    )


def median(pixels: Pixels, side: int) -> Pixels:
    """Return the median of each window, `side` (odd) pixels wide."""
    return _array(cv2.medianBlur(pixels, side))


def bilateral(pixels: Pixels, levels: float, sigma: float) -> Pixels:
    """Return the picture smoothed where it differs by less than `levels`."""
    return _array(cv2.bilateralFilter(pixels, 5, levels, sigma))


def tone(pixels: Pixels, gamma: float) -> Pixels:
    """Return the picture through a gamma curve."""
    table = (np.linspace(0, 1, 256) ** gamma * 255 + 0.5).astype(np.uint8)
    return _array(cv2.LUT(pixels, table))


def grain(pixels: Pixels, sigma: float, coloured: bool, smooth: bool, seed: int) -> Pixels:
    """Add Gaussian noise of `sigma` grey levels, white or smoothed, coloured or grey."""
    channels = 3 if coloured else 1
    shape = (*pixels.shape[:2], channels)
    noise = np.random.default_rng(seed).standard_normal(shape, np.float32)
    if smooth:
        noise = 2 * np.asarray(cv2.GaussianBlur(noise, (3, 3), 0.8), np.float32).reshape(shape)
    return np.clip(pixels + np.float32(sigma) * noise + np.float32(0.5), 0, 255).astype(np.uint8)


def mix(first: Pixels, second: Pixels, share: float) -> Pixels:
    """Return `share` of the first picture and the rest of the second."""
    return _array(cv2.addWeighted(first, share, second, 1 - share, 0))


def match_colours(pixels: Pixels, wanted: Pixels, mask: Mask, amount: float) -> Pixels:
    """Bring each channel's mean and deviation in a mask (H, W) towards those of `wanted`."""
    inside = mask.astype(np.uint8)
    own_mean, own_spread = (v.ravel() for v in cv2.meanStdDev(pixels, mask=inside))
    mean, spread = (v.ravel() for v in cv2.meanStdDev(wanted, mask=inside))
    gain = 1 + amount * (np.clip(spread / (own_spread + 1e-3), 0.4, 2.0) - 1)
    centre = (1 - amount) * own_mean + amount * mean
    table = (np.arange(256)[:, None] - own_mean) * gain + centre
    return _array(cv2.LUT(pixels, np.clip(table + 0.5, 0, 255).astype(np.uint8)[None]))


def _array(result: object) -> Pixels:
    return np.asarray(result, dtype=np.uint8)
