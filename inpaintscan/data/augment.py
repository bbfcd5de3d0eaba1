"""Changes of a picture and its mask that leave the answer as it is: those of Baek 2025.

Pictures are uint8 RGB (H, W, 3), masks bool (H, W). Each function draws from the generator it is
given and nothing else, so a sample can be made again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance

from inpaintscan.data.windows import Mask, Pixels


def flip(pixels: Pixels, mask: Mask, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    """Mirror left to right in half of the cases."""
    if rng.random() < 0.5:
        return pixels[:, ::-1], mask[:, ::-1]
    return pixels, mask


def rotate(pixels: Pixels, mask: Mask, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    """Rotate by up to 30 degrees about the centre; what comes in from outside is reflected."""
    angle = rng.uniform(-30, 30)
    height, width = mask.shape
    pad = (int(0.3 * height) + 1, int(0.3 * width) + 1)  # (cos 30 + sin 30 - 1) / 2 < 0.3
    around = ((pad[0], pad[0]), (pad[1], pad[1]))
    wide = np.pad(pixels, (*around, (0, 0)), mode="symmetric")
    wide_mask = np.pad(mask, around, mode="symmetric").astype(np.uint8)
    inside = np.s_[pad[0] : pad[0] + height, pad[1] : pad[1] + width]
    turned = Image.fromarray(wide).rotate(angle, Image.Resampling.BILINEAR)
    turned_mask = Image.fromarray(wide_mask).rotate(angle, Image.Resampling.NEAREST)
    return np.asarray(turned)[inside], np.asarray(turned_mask)[inside] > 0


def add_noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Add Gaussian noise of a deviation of up to 10 grey levels."""
    noise = rng.uniform(1, 10) * rng.standard_normal(pixels.shape, np.float32)
    return np.clip(pixels + noise + 0.5, 0, 255).astype(np.uint8)


def change_tone(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Change brightness and contrast, each by a factor between 0.7 and 1.3."""
    image = ImageEnhance.Brightness(Image.fromarray(pixels)).enhance(rng.uniform(0.7, 1.3))
    return np.asarray(ImageEnhance.Contrast(image).enhance(rng.uniform(0.7, 1.3)))


def jitter_colour(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Change the saturation by a factor between 0.6 and 1.4 and the hue by up to 18 degrees."""
    image = ImageEnhance.Color(Image.fromarray(pixels)).enhance(rng.uniform(0.6, 1.4))
    hsv = np.asarray(image.convert("HSV")).copy()
    hsv[..., 0] += np.uint8(rng.integers(-13, 14) % 256)  # wraps around, as hue does
    return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))


_COLOUR_CHANGES: tuple[Callable[[Pixels, np.random.Generator], Pixels], ...] = (
    add_noise,
    change_tone,
    jitter_colour,
)


def augment(
    pixels: Pixels, mask: Mask, rng: np.random.Generator, share: float
) -> tuple[Pixels, Mask]:
    """Change a chosen share of pictures by one of Baek's four changes, drawn evenly.

    Rotation, Gaussian noise, brightness and contrast, colour jitter. The ranges are our choice: the
    paper names the changes alone.
    """
    if rng.random() >= share:
        return pixels, mask
    kind = rng.integers(len(_COLOUR_CHANGES) + 1)
    if kind == len(_COLOUR_CHANGES):
        return rotate(pixels, mask, rng)
    return _COLOUR_CHANGES[kind](np.ascontiguousarray(pixels), rng), mask
