"""What happens to a picture between its making and us: the same for clean and manipulated ones.

A chain is drawn once and then applied to any number of pictures, so that a pair differs in its
content alone. Pictures are uint8 RGB (H, W, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageEnhance

from inpaintscan.data import edits
from inpaintscan.data.windows import Pixels

Step = Callable[[Image.Image], Image.Image]
"""A picture -> the same change of it each time it is called."""
_KERNELS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True, slots=True)
class Chain:
    """A drawn chain: first a change of scale, then steps in order."""

    scale: float
    """Output side over input side; 1 leaves the size."""
    resample: Image.Resampling
    steps: tuple[Step, ...]

    def apply(self, pixels: Pixels, size: int) -> Pixels:
        """Return the picture scaled to `size` squared and taken through the steps."""
        image = Image.fromarray(pixels)
        if image.size != (size, size):
            image = image.resize((size, size), self.resample)
        for step in self.steps:
            image = step(image)
        return np.asarray(image)


def draw_chain(rng: np.random.Generator, strength: float = 1.0) -> Chain:
    """Draw the chain of a training crop; `strength` in [0, 1] is the share that is changed."""
    if rng.random() >= strength:
        return Chain(1.0, Image.Resampling.BICUBIC, ())
    scale = 1.0
    if rng.random() < 0.3:
        scale = float(np.exp(rng.uniform(np.log(0.6), np.log(1.5))))
    resample = _KERNELS[rng.integers(3)]
    steps: list[Step] = [draw(rng) for draw, chance in _TRAINING_STEPS if rng.random() < chance]
    if rng.random() < 0.7:
        steps += [_jpeg(rng) for _ in range(1 + (rng.random() < 0.25))]
    elif rng.random() < 0.3:
        steps.append(_webp(rng))
    return Chain(scale, resample, tuple(steps))


def degrade(
    images: Sequence[Pixels], rng: np.random.Generator, steps: tuple[int, int] = (1, 5)
) -> list[Pixels]:
    """Apply one random chain of `steps` (fewest, most) to every image alike, as data sets get it.

    Images are uint8 (H, W, 3) and may differ in size, which stays; each kind of step is equally
    likely.
    """
    count = int(rng.integers(steps[0], steps[1] + 1))
    kinds = list(DATA_SET_STEPS.values())
    chain = [kinds[int(rng.integers(len(kinds)))](rng) for _ in range(count)]
    pictures = [Image.fromarray(image) for image in images]
    for step in chain:
        pictures = [step(picture) for picture in pictures]
    return [np.asarray(picture) for picture in pictures]


def _jpeg(rng: np.random.Generator, low: int = 60, high: int = 100) -> Step:
    quality, subsampling = int(rng.integers(low, high)), int(rng.choice([0, 2, 2]))
    return partial(edits.recode, file_format="JPEG", quality=quality, subsampling=subsampling)


def _webp(rng: np.random.Generator, low: int = 60, high: int = 98, method: int = 0) -> Step:
    quality = int(rng.integers(low, high))
    return partial(edits.recode, file_format="WEBP", quality=quality, method=method)


def _resize(rng: np.random.Generator) -> Step:
    """To another scale and back, so that masks and boxes stay true."""
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.5))))
    kernels = (*_KERNELS, Image.Resampling.BOX)
    there, back = (kernels[int(rng.integers(len(kernels)))] for _ in range(2))
    return lambda image: edits.scale(image, factor, there).resize(image.size, back)


def _blur(rng: np.random.Generator, most: float = 1.8) -> Step:
    return partial(edits.blur, sigma=rng.uniform(0.3, most))


def _sharpen(rng: np.random.Generator) -> Step:
    return partial(edits.sharpen, radius=rng.uniform(0.5, 2.0), percent=int(rng.integers(30, 150)))


def _noise(
    rng: np.random.Generator, low: float = 0.5, high: float = 5.0, seeds: int = 2**31
) -> Step:
    return partial(edits.noise, sigma=rng.uniform(low, high), seed=int(rng.integers(seeds)))


def _tone(rng: np.random.Generator) -> Step:
    gamma, contrast = rng.uniform(0.6, 1.5), rng.uniform(0.7, 1.4)
    saturation = rng.uniform(0.5, 1.5)
    ramp = (255 * (np.arange(256) / 255) ** gamma - 128) * contrast + 128
    table = np.clip(ramp + 0.5, 0, 255).astype(np.uint8).tolist() * 3
    return lambda image: ImageEnhance.Color(image.point(table)).enhance(saturation)


_TRAINING_STEPS: tuple[tuple[Callable[[np.random.Generator], Step], float], ...] = (
    (_tone, 0.2),
    (lambda _rng: edits.grey, 0.04),
    (lambda _rng: edits.median, 0.03),
    (_blur, 0.15),
    (_noise, 0.1),
    (_sharpen, 0.12),
)
"""What training crops may meet before they are saved, in this order, and how often each."""

DATA_SET_STEPS: dict[str, Callable[[np.random.Generator], Step]] = {
    "jpeg": partial(_jpeg, low=50, high=99),
    "webp": partial(_webp, low=50, high=99, method=2),
    "resize": _resize,
    "blur": partial(_blur, most=1.5),
    "noise": partial(_noise, low=1.0, high=8.0, seeds=2**63),
}
"""The steps of `gen-data --degrade`."""
