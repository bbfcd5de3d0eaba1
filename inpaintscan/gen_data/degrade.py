"""What happens to images on their way: re-encoded, resized, blurred, noised, in a random order.

A chain is drawn once and applied alike to every image of a group, so that it tells nothing about
which of them is manipulated.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

Step = Callable[["NDArray[np.uint8]"], "NDArray[np.uint8]"]
"""uint8 (H, W, 3) -> the same shape; the same change each time it is called."""

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
    for step in chain:
        image = step(image)
    return image


def _draw_jpeg(rng: np.random.Generator) -> Step:
    quality, subsampling = int(rng.integers(50, 99)), int(rng.choice([0, 2, 2]))
    return lambda image: _recode(image, "JPEG", quality=quality, subsampling=subsampling)


def _draw_webp(rng: np.random.Generator) -> Step:
    quality = int(rng.integers(50, 99))
    return lambda image: _recode(image, "WEBP", quality=quality, method=2)


def _recode(image: NDArray[np.uint8], format_name: str, **options: int) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format_name, **options)
    with Image.open(buffer) as decoded:
        return np.asarray(decoded.convert("RGB"))


def _draw_resize(rng: np.random.Generator) -> Step:
    """To another scale and back, so that masks and boxes stay true."""
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.5))))
    there, back = (_RESAMPLINGS[int(rng.integers(len(_RESAMPLINGS)))] for _ in range(2))

    def resize(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = image.shape[:2]
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        return np.asarray(Image.fromarray(image).resize(size, there).resize((width, height), back))

    return resize


def _draw_blur(rng: np.random.Generator) -> Step:
    sigma = float(rng.uniform(0.3, 1.5))
    return lambda image: np.asarray(
        Image.fromarray(image).filter(ImageFilter.GaussianBlur(sigma)), dtype=np.uint8
    )


def _draw_noise(rng: np.random.Generator) -> Step:
    sigma, seed = float(rng.uniform(1.0, 8.0)), int(rng.integers(2**63))

    def add(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        white = np.random.default_rng(seed).standard_normal(image.shape, dtype=np.float32)
        return np.clip(np.rint(image + sigma * white), 0, 255).astype(np.uint8)

    return add


STEPS: dict[str, Callable[[np.random.Generator], Step]] = {
    "jpeg": _draw_jpeg,
    "webp": _draw_webp,
    "resize": _draw_resize,
    "blur": _draw_blur,
    "noise": _draw_noise,
}
