"""Windows of many photos behind a memory map, drawn so that no source outweighs the others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from inpaintscan.data.bank import stamp, write_bank
from inpaintscan.data.samples import Sample
from inpaintscan.data.windows import Pixels, cut_window, draw_corner, reach
from inpaintscan.errors import DataError, ImageError
from inpaintscan.images import read_image
from inpaintscan.train.drawn.retouch import INTERPOLATIONS, resize

SIDE = 512
"""Of larger photos a window of this side is kept: photos of 24 megapixels would fill a disk."""
_SMALLEST = 64
_REDUCED_SIDES = (560, 640, 800)
_WEIGHT = 0.6
"""A source of n photos is drawn as n to this power."""


class WindowBank:
    """Two windows of each photo: one at native size, one of the whole picture made smaller.

    A photo that is too small has no second one; one that cannot be read, or has less than 64 pixels
    a side, has none.
    """

    def __init__(self, samples: Sequence[Sample], cache: Path) -> None:
        key = "".join(stamp(sample.image) for sample in samples) + f"drawn windows {SIDE}"
        self.bank = write_bank(key, lambda: _all_windows(samples), cache)
        usable = [min(shape) >= _SMALLEST for shape in self.bank.shapes]
        sources: dict[str, list[int]] = defaultdict(list)
        for number, sample in enumerate(samples):
            if usable[2 * number]:
                sources[sample.source or sample.method].append(number)
        self.reduced = {number for number in range(len(samples)) if usable[2 * number + 1]}
        self.sources = [sources[name] for name in sorted(sources)]
        self.photos = sum(len(numbers) for numbers in self.sources)
        if not self.photos:
            raise DataError(
                f"{samples[0].image.parent}: no image that can be read and has at least "
                f"{_SMALLEST} pixels a side"
            )
        weights = np.array([len(numbers) for numbers in self.sources]) ** _WEIGHT
        self.rising = np.cumsum(weights) / weights.sum()

    def draw(self, rng: np.random.Generator, *, reduced: bool = False) -> Pixels:
        """Return a window, uint8 (h, w, 3), read-only; of the reduced picture where there is one.

        It begins on the photo's 8 x 8 grid, if it is native.
        """
        place = int(np.searchsorted(self.rising, rng.random(), side="right"))
        numbers = self.sources[min(place, len(self.sources) - 1)]
        number = numbers[int(rng.integers(len(numbers)))]
        return self.bank.image(2 * number + (reduced and number in self.reduced))


def cut(pixels: Pixels, side: int, rng: np.random.Generator, *, aligned: bool = True) -> Pixels:
    """Return a random window of `side` squared, on the 8 x 8 grid if `aligned`.

    What is too small is reflected at its edges.
    """
    corner = draw_corner(pixels.shape, side, rng, 8 if aligned else 1)
    return reach(cut_window(pixels, corner, side), side)


def _all_windows(samples: Sequence[Sample]) -> Iterator[Pixels]:
    with ThreadPoolExecutor(2) as pool:
        for windows in pool.map(_windows, (sample.image for sample in samples)):
            yield from windows


def _windows(path: Path) -> tuple[Pixels, Pixels]:
    """Return both windows of a photo; empty where there is none."""
    nothing = np.zeros((0, 0, 3), np.uint8)
    try:
        pixels = read_image(path).pixels
    except ImageError:
        return nothing, nothing
    rng = np.random.default_rng(list(hashlib.sha256(path.name.encode("utf-8", "replace")).digest()))
    native = cut_window(pixels, draw_corner(pixels.shape, SIDE, rng, 8), SIDE)
    height, width = pixels.shape[:2]
    factor = int(rng.choice(_REDUCED_SIDES)) / max(height, width)
    if factor > 0.9:
        return native, nothing
    size_hw = max(1, round(height * factor)), max(1, round(width * factor))
    small = resize(np.ascontiguousarray(pixels), size_hw, int(rng.choice(INTERPOLATIONS[:3])))
    return native, cut_window(small, draw_corner(small.shape, SIDE, rng, 8), SIDE)
