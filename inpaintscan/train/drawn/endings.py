"""What happens to both of a pair after the region was replaced: the same, pixel for pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from inpaintscan.data.windows import Pixels
from inpaintscan.train.drawn import retouch
from inpaintscan.train.drawn.shares import DrawnSettings, EditShares, choose

Step = Callable[["Pixels"], "Pixels"]
_SLIGHT_SCALES = (0.75, 0.9, 1.1, 1.25)


@dataclass(frozen=True, slots=True)
class Ending:
    """A drawn end: its steps turn `side` squared pixels into `size` squared ones."""

    side: int
    steps: tuple[Step, ...]

    def apply(self, pixels: Pixels) -> Pixels:
        """Return the picture through all steps."""
        for step in self.steps:
            pixels = step(pixels)
        return pixels


def draw_ending(size: int, settings: DrawnSettings, rng: np.random.Generator) -> Ending:
    """Draw how a crop of `size` squared comes to us."""
    steps = _draw_edit(settings.edits, rng)
    save = choose(settings.saves, rng)
    side = size
    if save == "jpeg_twice":
        steps.append(draw_jpeg(rng))
    elif save == "webp":
        steps.append(partial(retouch.webp, quality=int(rng.integers(50, 96))))
    elif save == "resized":
        side = round(size / _draw_scale(rng))
        steps += [draw_jpeg(rng)] if rng.random() < 0.12 else []
        steps.append(
            partial(
                retouch.resize,
                size_hw=(size, size),
                interpolation=draw_interpolation(side, size, rng),
            )
        )
    if save in {"jpeg", "jpeg_twice"} or (save == "resized" and rng.random() < 0.7):
        shifted = rng.random() < settings.unaligned
        offset = (int(rng.integers(8)), int(rng.integers(8))) if shifted else (0, 0)
        steps.append(draw_jpeg(rng, offset))
    return Ending(side, tuple(steps))


def _draw_edit(shares: EditShares, rng: np.random.Generator) -> list[Step]:
    edit = choose(shares, rng)
    if edit == "blurred":
        return [partial(retouch.blur, sigma=rng.uniform(0.3, 1.0))]
    if edit == "sharpened":
        return [partial(retouch.sharpen, sigma=rng.uniform(0.6, 1.5), amount=0.6)]
    if edit == "toned":
        return [partial(retouch.tone, gamma=rng.uniform(0.75, 1.3))]
    return [draw_grain(rng)] if edit == "grained" else []


def draw_quality(rng: np.random.Generator) -> int:
    """Draw a JPEG quality: mostly 70 to 96, at times down to 40, or one that tools like."""
    chance = rng.random()
    if chance < 0.7:
        return int(rng.integers(70, 97))
    if chance < 0.9:
        return int(rng.integers(40, 99))
    return int(rng.choice([75, 80, 85, 90, 92, 95]))


def draw_jpeg(rng: np.random.Generator, offset: tuple[int, int] = (0, 0)) -> Step:
    """Draw a JPEG; a quarter of them keeps its colours at full resolution."""
    quality = draw_quality(rng)
    sampling = retouch.FULL_COLOUR if rng.random() < 0.25 else retouch.HALF_COLOUR
    return partial(retouch.jpeg, quality=quality, sampling=sampling, offset=offset)


def draw_grain(rng: np.random.Generator) -> Step:
    """Draw noise of 0.5 to 4 grey levels."""
    return partial(
        retouch.grain,
        sigma=rng.uniform(0.5, 4),
        coloured=bool(rng.random() < 0.5),
        smooth=bool(rng.random() < 0.4),
        seed=int(rng.integers(2**31)),
    )


def draw_interpolation(before: int, after: int, rng: np.random.Generator) -> int:
    """Draw how a side of `before` pixels becomes one of `after`."""
    if after < 0.75 * before and rng.random() < 0.5:
        return retouch.INTERPOLATIONS[2]
    return retouch.INTERPOLATIONS[int(rng.integers(len(retouch.INTERPOLATIONS)))]


def _draw_scale(rng: np.random.Generator) -> float:
    if rng.random() < 0.7:
        return float(rng.uniform(0.5, 1.5))
    return float(rng.choice(_SLIGHT_SCALES))
