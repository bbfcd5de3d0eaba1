"""Many fills of few: what a fill could have looked like, had another tool made it.

A detector trained on the output of ten generators learns those ten. What a fill differs in from its
surroundings is, in the end, its grain, sharpness, sampling and compression; so these are drawn anew
each time a fill is used. Pictures are uint8 RGB (H, W, 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inpaintscan.data import edits
from inpaintscan.data.windows import Pixels

_KERNELS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
_OWN_CONTENT_SHARE = 0.12
"""Share of rebuilt frames replaced by the photo's own pixels, resampled: no generator's trace."""


def vary_trace(original: Pixels, rebuilt: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a rebuilt frame whose difference from the photo is damped or amplified."""
    if rng.random() < 0.5:
        return rebuilt
    gain = np.float32(rng.uniform(0.6, 1.6))
    start = original.astype(np.float32)
    return _picture(start + gain * (rebuilt - start))


def vary_fill(
    original: Pixels,
    filled: Pixels,
    rng: np.random.Generator,
    same_content: bool,
) -> Pixels:
    """Return the fill as another tool might have left it.

    `same_content` tells that `filled` shows what `original` shows, as a rebuilt frame does.
    """
    if same_content and rng.random() < _OWN_CONTENT_SHARE:
        return _resample(original, rng.uniform(0.4, 0.75), rng)
    if same_content:
        filled = vary_trace(original, filled, rng)
    if rng.random() < 0.3:
        filled = _resample(filled, rng.uniform(0.45, 0.95), rng)
    if rng.random() < 0.15:
        filled = _sharpen(filled, rng)
    if rng.random() < 0.2:
        filled = _convolve(filled, rng)
    if rng.random() < 0.2:
        filled = _add_lattice(filled, rng)
    if rng.random() < 0.3:
        filled = _grain(filled, rng)
    if rng.random() < 0.2:
        filled = _shift_tone(filled, rng)
    if rng.random() < 0.15:
        filled = compress(filled, int(rng.integers(70, 98)))
    return filled


def compress(pixels: Pixels, quality: int, offset: tuple[int, int] = (0, 0)) -> Pixels:
    """Return pixels after JPEG whose 8x8 grid begins `offset` (down, right) pixels outside."""
    down, right = offset
    padded = np.pad(pixels, ((down, 0), (right, 0), (0, 0)), mode="edge")
    return np.asarray(edits.recode(Image.fromarray(padded), "JPEG", quality=quality))[down:, right:]


def _resample(pixels: Pixels, scale: float, rng: np.random.Generator) -> Pixels:
    """Shrink and enlarge: a tool that works at a size of its own."""
    image = Image.fromarray(pixels)
    down, up = rng.integers(len(_KERNELS), size=2)
    return np.asarray(edits.scale(image, scale, _KERNELS[down]).resize(image.size, _KERNELS[up]))


def _sharpen(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    radius, percent = rng.uniform(0.5, 1.5), int(rng.integers(30, 150))
    return np.asarray(edits.sharpen(Image.fromarray(pixels), radius, percent))


def _convolve(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Apply a random kernel close to doing nothing, as the last layer of a decoder may be."""
    kernel = rng.normal(0, 0.06, 9)
    kernel[4] = 1 - kernel[:4].sum() - kernel[5:].sum()
    return np.asarray(
        Image.fromarray(pixels).filter(ImageFilter.Kernel((3, 3), kernel.tolist(), 1))
    )


def _add_lattice(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Add a faint pattern that repeats, as upsampling by 2, 4 or 8 leaves one."""
    period = int(rng.choice([2, 4, 8]))
    pattern = rng.normal(0, rng.uniform(0.4, 2.0), (period, period, 3)).astype(np.float32)
    pattern -= pattern.mean(axis=(0, 1))
    repeats = [-(-side // period) for side in pixels.shape[:2]]
    lattice = np.tile(pattern, (*repeats, 1))[: pixels.shape[0], : pixels.shape[1]]
    return _picture(pixels + lattice)


def _grain(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Add noise that a camera would not leave: coloured or grey, white or smoothed."""
    channels = 1 if rng.random() < 0.5 else 3
    noise: NDArray[np.float32] = rng.standard_normal((*pixels.shape[:2], channels), np.float32)
    if rng.random() < 0.5:
        beside = noise + np.roll(noise, 1, axis=1)
        noise = (beside + np.roll(beside, 1, axis=0)) / np.float32(2)
    return _picture(pixels + np.float32(rng.uniform(0.7, 4.0)) * noise)


def _shift_tone(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    gain = rng.uniform(0.96, 1.04, 3).astype(np.float32)
    return _picture(pixels * gain + rng.uniform(-4, 4, 3).astype(np.float32))


def _picture(pixels: NDArray[np.floating]) -> Pixels:
    return np.asarray(edits.rounded(pixels))
