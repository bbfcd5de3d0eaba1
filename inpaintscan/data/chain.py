"""What happens to a picture between its making and us: the same for clean and manipulated ones.

A chain is drawn once and then applied to any number of pictures, so that a pair differs in its
content alone. Pictures are uint8 RGB (H, W, 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageEnhance

from inpaintscan.data import edits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Step = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True, slots=True)
class Chain:
    """A drawn chain: first a change of scale, then steps in order."""

    scale: float
    """Output side over input side; 1 leaves the size."""
    resample: Image.Resampling
    steps: tuple[Step, ...]

    def apply(self, pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """Return the picture scaled to `size` squared and taken through the steps."""
        image = Image.fromarray(pixels)
        if image.size != (size, size):
            image = image.resize((size, size), self.resample)
        for step in self.steps:
            image = step(image)
        return np.asarray(image)


def draw_chain(rng: np.random.Generator, strength: float = 1.0) -> Chain:
    """Draw a chain. `strength` in [0, 1] is the share of pictures that are not left as they are."""
    if rng.random() >= strength:
        return Chain(1.0, Image.Resampling.BICUBIC, ())
    scale = 1.0
    if rng.random() < 0.3:
        scale = float(np.exp(rng.uniform(np.log(0.6), np.log(1.5))))
    resample = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)[
        rng.integers(3)
    ]
    steps: list[Step] = [draw(rng) for draw, chance in _EDITS if rng.random() < chance]
    if rng.random() < 0.7:
        steps += [_jpeg(rng) for _ in range(1 + (rng.random() < 0.25))]
    elif rng.random() < 0.3:
        steps.append(_webp(rng))
    return Chain(scale, resample, tuple(steps))


def _jpeg(rng: np.random.Generator) -> Step:
    quality = int(rng.integers(60, 100))
    subsampling = int(rng.choice([0, 2, 2]))
    return partial(edits.recode, file_format="JPEG", quality=quality, subsampling=subsampling)


def _webp(rng: np.random.Generator) -> Step:
    return partial(edits.recode, file_format="WEBP", quality=int(rng.integers(60, 98)), method=0)


def _blur(rng: np.random.Generator) -> Step:
    return partial(edits.blur, sigma=rng.uniform(0.3, 1.8))


def _sharpen(rng: np.random.Generator) -> Step:
    return partial(edits.sharpen, radius=rng.uniform(0.5, 2.0), percent=int(rng.integers(30, 150)))


def _median(_rng: np.random.Generator) -> Step:
    return edits.median


def _noise(rng: np.random.Generator) -> Step:
    return partial(edits.noise, sigma=rng.uniform(0.5, 5.0), seed=int(rng.integers(2**31)))


def _tone(rng: np.random.Generator) -> Step:
    gamma, contrast = rng.uniform(0.6, 1.5), rng.uniform(0.7, 1.4)
    saturation = rng.uniform(0.5, 1.5)
    ramp = (255 * (np.arange(256) / 255) ** gamma - 128) * contrast + 128
    table = np.clip(ramp + 0.5, 0, 255).astype(np.uint8).tolist() * 3
    return lambda image: ImageEnhance.Color(image.point(table)).enhance(saturation)


def _grey(_rng: np.random.Generator) -> Step:
    return edits.grey


_EDITS: tuple[tuple[Callable[[np.random.Generator], Step], float], ...] = (
    (_tone, 0.2),
    (_grey, 0.04),
    (_median, 0.03),
    (_blur, 0.15),
    (_noise, 0.1),
    (_sharpen, 0.12),
)
