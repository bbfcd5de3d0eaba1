"""Exemplar-based fill: the hole is voted together from patches of the rest of the photo.

Coarse to fine (Wexler et al. 2007) with the randomised nearest-neighbour field of Barnes et al.
2009, here over all hole pixels at once instead of in scan order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.findings import Box
from inpaintscan.gen_data.inpainters import Inpainter, fill_windows
from inpaintscan.gen_data.settings import Choice, Settings

_REACH = 2
_COARSEST = 24
_ROUNDS = (6, 3, 2)
"""Rounds of search and vote at the coarsest level, the next, and all finer ones."""
_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def load_patchmatch(choice: Choice, settings: Settings) -> Inpainter:
    """Needs no weights and no packages."""
    return Inpainter("patchmatch", partial(fill_windows, fill=fill_by_patches, margin=_margin))


def _margin(box: Box) -> int:
    return max(64, min(box.ymax - box.ymin, box.xmax - box.xmin) // 2)


@dataclass(frozen=True, slots=True)
class _Level:
    """One scale of the photo: what is to be filled and where patches may come from."""

    hole: Mask
    targets: NDArray[np.intp]
    """(N, 2) rows and columns of the patches that touch the hole."""
    allowed: Mask
    """(H, W): centres of patches without a hole pixel."""
    sources: NDArray[np.intp]
    """(M, 2): the same as a list."""


def fill_by_patches(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pixels:
    """Fill the hole of uint8 (H, W, 3) by a mask (H, W); the rest comes back unchanged."""
    pyramid = _pyramid(image, mask)
    current = _flat_fill(*pyramid[0])
    field: NDArray[np.intp] | None = None
    for depth, (pixels, hole) in enumerate(pyramid):
        level = _prepare(hole)
        if depth:
            current = _enlarge(current, pixels, hole)
        if not len(level.sources):
            continue
        match = _start(level, field, rng)
        for _ in range(_ROUNDS[min(depth, len(_ROUNDS) - 1)]):
            match = _search(current, level, match, rng)
            current = _vote(current, level, match)
        field = np.full((*hole.shape, 2), -1, dtype=np.intp)
        field[level.targets[:, 0], level.targets[:, 1]] = match
    return np.clip(np.rint(current), 0, 255).astype(np.uint8)


def _pyramid(image: Pixels, mask: Mask) -> list[tuple[NDArray[np.float32], Mask]]:
    """Return the photo and its hole at falling sizes, the smallest first."""
    levels = [(image.astype(np.float32), mask)]
    while min(levels[-1][1].shape) >= 2 * _COARSEST:
        height, width = (side // 2 for side in levels[-1][1].shape)
        small = Image.fromarray(image).resize((width, height), Image.Resampling.BOX)
        share = Image.fromarray(mask.astype(np.uint8) * 255).resize(
            (width, height), Image.Resampling.BOX
        )
        levels.append((np.asarray(small, dtype=np.float32), np.asarray(share) > 0))
    return levels[::-1]


def _prepare(hole: Mask) -> _Level:
    """List the patches to fill and the ones to fill from, all wholly inside the photo."""
    touched = _dilate(hole, _REACH)
    inside = np.zeros_like(hole)
    inside[_REACH:-_REACH, _REACH:-_REACH] = True
    targets = np.argwhere(touched & inside)
    allowed = ~touched & inside
    return _Level(hole, targets, allowed, np.argwhere(allowed))


def _dilate(mask: Mask, reach: int) -> Mask:
    """Grow a mask by a square of `reach` pixels to each side."""
    grown = Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * reach + 1))
    return np.asarray(grown) > 0


def _flat_fill(pixels: NDArray[np.float32], hole: Mask) -> NDArray[np.float32]:
    """Fill a hole with colours that spread inwards from its edge, ring by ring."""
    filled, unknown = pixels.copy(), hole.copy()
    if unknown.all():
        return filled
    while unknown.any():
        known = np.pad(~unknown, 1)
        values = np.pad(np.where(unknown[..., None], 0, filled), ((1, 1), (1, 1), (0, 0)))
        height, width = hole.shape
        total, count = np.zeros_like(filled), np.zeros(hole.shape, dtype=np.float32)
        for row, column in _NEIGHBOURS:
            window = np.s_[1 + row : 1 + row + height, 1 + column : 1 + column + width]
            total += values[window]
            count += known[window]
        ring = unknown & (count > 0)
        filled[ring] = total[ring] / count[ring][:, None]
        unknown &= ~ring
    return filled


def _enlarge(
    small: NDArray[np.float32], pixels: NDArray[np.float32], hole: Mask
) -> NDArray[np.float32]:
    """Put the enlarged fill of the coarser level into this level's hole."""
    height, width = hole.shape
    rows = np.minimum(np.arange(height) // 2, small.shape[0] - 1)
    columns = np.minimum(np.arange(width) // 2, small.shape[1] - 1)
    return np.where(hole[..., None], small[rows][:, columns], pixels).astype(np.float32)


def _start(
    level: _Level, coarser: NDArray[np.intp] | None, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return a first match (N, 2) for each target: the coarser level's doubled, or a random one."""
    match = level.sources[rng.integers(len(level.sources), size=len(level.targets))]
    if coarser is None:
        return match
    rows = np.minimum(level.targets[:, 0] // 2, coarser.shape[0] - 1)
    columns = np.minimum(level.targets[:, 1] // 2, coarser.shape[1] - 1)
    previous = coarser[rows, columns]
    doubled = previous * 2 + level.targets % 2
    doubled = np.minimum(doubled, np.array(level.hole.shape) - 1)
    usable = (previous[:, 0] >= 0) & level.allowed[doubled[:, 0], doubled[:, 1]]
    return np.where(usable[:, None], doubled, match)


def _search(
    current: NDArray[np.float32], level: _Level, match: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Improve each match by its neighbours' matches and by random ones ever closer to its own."""
    patches = np.lib.stride_tricks.sliding_window_view(
        current, (2 * _REACH + 1, 2 * _REACH + 1), axis=(0, 1)
    )
    targets = patches[level.targets[:, 0] - _REACH, level.targets[:, 1] - _REACH]
    best = _distance(patches, targets, match)
    limits = np.array(level.hole.shape)
    field = np.full((*level.hole.shape, 2), -1, dtype=np.intp)
    for row, column in _NEIGHBOURS:
        field[level.targets[:, 0], level.targets[:, 1]] = match
        shift = np.array([row, column])
        neighbour = np.clip(level.targets - shift, 0, limits - 1)
        theirs = field[neighbour[:, 0], neighbour[:, 1]]
        candidate = np.where(theirs[:, :1] >= 0, theirs + shift, -1)
        match, best = _better(patches, targets, level, match, best, candidate)
    radius = max(level.hole.shape) / 2
    while radius >= 1:
        step = rng.integers(-int(radius), int(radius) + 1, size=match.shape)
        match, best = _better(patches, targets, level, match, best, match + step)
        radius /= 3
    return match


def _better(
    patches: NDArray[np.float32],
    targets: NDArray[np.float32],
    level: _Level,
    match: NDArray[np.intp],
    best: NDArray[np.float32],
    candidate: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Take a candidate (N, 2) wherever it is allowed and closer; return matches and distances."""
    inside = (candidate >= 0).all(axis=1) & (candidate < level.hole.shape).all(axis=1)
    index = np.flatnonzero(inside)
    index = index[level.allowed[candidate[index, 0], candidate[index, 1]]]
    distance = _distance(patches, targets[index], candidate[index])
    wins = distance < best[index]
    closer = index[wins]
    match, best = match.copy(), best.copy()
    match[closer] = candidate[closer]
    best[closer] = distance[wins]
    return match, best


def _distance(
    patches: NDArray[np.float32], targets: NDArray[np.float32], centres: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return the squared distance (N,) between target patches and those at `centres`."""
    difference = patches[centres[:, 0] - _REACH, centres[:, 1] - _REACH] - targets
    flat = difference.reshape(len(difference), -1)
    return np.asarray(np.einsum("ij,ij->i", flat, flat), dtype=np.float32)


def _vote(
    current: NDArray[np.float32], level: _Level, match: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Set each hole pixel to the mean of what the patches over it say."""
    total = np.zeros_like(current)
    count = np.zeros(level.hole.shape, dtype=np.float32)
    for row in range(-_REACH, _REACH + 1):
        for column in range(-_REACH, _REACH + 1):
            to_row, to_column = level.targets[:, 0] + row, level.targets[:, 1] + column
            total[to_row, to_column] += current[match[:, 0] + row, match[:, 1] + column]
            count[to_row, to_column] += 1
    voted = level.hole & (count > 0)
    result = current.copy()
    result[voted] = total[voted] / count[voted][:, None]
    return result
