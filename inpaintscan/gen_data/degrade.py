"""What happens to images on their way: re-encoded, resized, blurred, noised, in a random order.

A chain is drawn once and applied alike to every image of a group, so that it tells nothing about
which of them is manipulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inpaintscan.data import edits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Step = Callable[[Image.Image], Image.Image]
"""A picture -> one of the same size; the same change each time it is called."""

_RESAMPLINGS = (
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
    Image.Resampling.BOX,
)


def degrade(
    images: Sequence[NDArray[np.uint8]],
    rng: np.random.Generator,
    steps: tuple[int, int] = (1, 5),
) -> list[NDArray[np.uint8]]:
    """Apply one random chain of `steps` (fewest, most) to every image alike; sizes stay.

    Images are uint8 (H, W, 3) and may differ in size.
    """
    chain = draw_chain(rng, steps)
    return [apply_chain(image, chain) for image in images]


def draw_chain(rng: np.random.Generator, steps: tuple[int, int] = (1, 5)) -> list[Step]:
    """Draw a chain of between `steps[0]` and `steps[1]` steps, each kind equally likely."""
    count = int(rng.integers(steps[0], steps[1] + 1))
    makers = list(STEPS.values())
    return [makers[int(rng.integers(len(makers)))](rng) for _ in range(count)]


def apply_chain(image: NDArray[np.uint8], chain: Sequence[Step]) -> NDArray[np.uint8]:
    """Apply the steps of a chain in order."""
    picture = Image.fromarray(image)
    for step in chain:
        picture = step(picture)
    return np.asarray(picture)


def _draw_jpeg(rng: np.random.Generator) -> Step:
    quality, subsampling = int(rng.integers(50, 99)), int(rng.choice([0, 2, 2]))
    return partial(edits.recode, file_format="JPEG", quality=quality, subsampling=subsampling)


def _draw_webp(rng: np.random.Generator) -> Step:
    return partial(edits.recode, file_format="WEBP", quality=int(rng.integers(50, 99)), method=2)


def _draw_resize(rng: np.random.Generator) -> Step:
    """To another scale and back, so that masks and boxes stay true."""
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.5))))
    there, back = (_RESAMPLINGS[int(rng.integers(len(_RESAMPLINGS)))] for _ in range(2))
    return lambda image: edits.scale(image, factor, there).resize(image.size, back)


def _draw_blur(rng: np.random.Generator) -> Step:
    return partial(edits.blur, sigma=float(rng.uniform(0.3, 1.5)))


def _draw_noise(rng: np.random.Generator) -> Step:
    return partial(edits.noise, sigma=float(rng.uniform(1.0, 8.0)), seed=int(rng.integers(2**63)))


STEPS: dict[str, Callable[[np.random.Generator], Step]] = {
    "jpeg": _draw_jpeg,
    "webp": _draw_webp,
    "resize": _draw_resize,
    "blur": _draw_blur,
    "noise": _draw_noise,
}
