"""The photo that a pair begins with, and the mask of the region to be replaced in it."""

from __future__ import annotations

import numpy as np

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.train.drawn.endings import draw_interpolation
from inpaintscan.train.drawn.retouch import jpeg, resize
from inpaintscan.train.drawn.shares import DrawnSettings, choose
from inpaintscan.train.drawn.window_bank import WindowBank, cut

_TRIES = 8
_FEWEST, _MOST = 0.004, 0.93
"""Bounds of the share of pixels that a mask covers."""


def draw_host(
    bank: WindowBank, side: int, settings: DrawnSettings, rng: np.random.Generator
) -> Pixels:
    """Draw a crop of a photo, uint8 (side, side, 3)."""
    kind = choose(settings.hosts, rng)
    window = bank.draw(rng, reduced=kind == "reduced")
    if kind in {"shrunk", "scaled"}:
        factor = rng.uniform(0.4, 1) if kind == "shrunk" else rng.uniform(0.7, 1.6)
        window = cut_scaled(window, side, factor, rng)
    host = cut(window, side, rng)
    if kind != "native" and rng.random() < settings.resaved_hosts:
        return jpeg(host, int(rng.integers(60, 99)))
    return host


def cut_scaled(
    pixels: Pixels, side: int, factor: float, rng: np.random.Generator, *, aligned: bool = True
) -> Pixels:
    """Return a window brought to `factor` of its size, at least `side` squared."""
    wanted = max(16, round(side / factor) + 2)
    taken = min(wanted, max(pixels.shape[:2]))
    window = cut(pixels, taken, rng, aligned=aligned)
    after = max(side, round(taken * factor))
    return resize(window, (after, after), draw_interpolation(taken, after, rng))


def draw_mask(side: int, area: tuple[float, float], rng: np.random.Generator) -> Mask:
    """Draw one region, or in a quarter of the cases two; bool (side, side)."""
    low, high = np.log(area)
    for _ in range(_TRIES):
        mask = np.zeros((side, side), dtype=bool)
        parts = 2 if rng.random() < 0.25 else 1
        for _part in range(parts):
            shape = list(SHAPES.values())[int(rng.integers(len(SHAPES)))]
            mask |= shape((side, side), float(np.exp(rng.uniform(low, high))) / parts, rng)
        if _FEWEST < mask.mean() < _MOST:
            return mask
    mask[: side // 4, : side // 4] = True
    mask[side // 2 :] = False
    return mask
