"""Single edits of a picture, each fully decided by its arguments.

What draws their strengths lies elsewhere: `data.chain` for training crops and data sets,
`train.crops.varied_fills` for fills, `eval.perturb` for tests. Pictures are Pillow images in RGB.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter


def recode(image: Image.Image, file_format: str, **options: int) -> Image.Image:
    """Return the picture as it comes back from a file, such as `recode(image, "JPEG", quality=80)`.

    Options are Pillow's of that format.
    """
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    with Image.open(buffer) as decoded:
        return decoded.convert("RGB")


def scale(image: Image.Image, factor: float, resample: Image.Resampling) -> Image.Image:
    """Return the picture with both sides `factor` times as long, at least one pixel."""
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), resample)


def blur(image: Image.Image, sigma: float) -> Image.Image:
    """Return a Gaussian blur; `sigma` in pixels."""
    return image.filter(ImageFilter.GaussianBlur(sigma))


def sharpen(image: Image.Image, radius: float, percent: int) -> Image.Image:
    """Return an unsharp mask of `percent` strength."""
    return image.filter(ImageFilter.UnsharpMask(radius, percent, threshold=0))


def median(image: Image.Image, side: int = 3) -> Image.Image:
    """Return the median of each window, `side` (odd) pixels wide."""
    return image.filter(ImageFilter.MedianFilter(side))


def grey(image: Image.Image) -> Image.Image:
    """Return the picture without colour, in RGB still."""
    return image.convert("L").convert("RGB")


def noise(image: Image.Image, sigma: float, seed: int) -> Image.Image:
    """Add white Gaussian noise, each channel its own; `sigma` in grey levels."""
    white = np.random.default_rng(seed).standard_normal((*image.size[::-1], 3), np.float32)
    return rounded(np.asarray(image, np.float32) + np.float32(sigma) * white)


def rounded(pixels: NDArray[np.floating]) -> Image.Image:
    """Return pixels (H, W, 3), in grey levels, rounded and clipped to a picture."""
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
