"""Real pixels in the wrong place: copy-move from the same photo, splice from another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.gen_data.compose import bounding_box
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.photos import read_photo
from inpaintscan.gen_data.settings import Choice, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRIES = 16
_FEWEST_PIXELS_MOVED = 8


def load_copy_move(choice: Choice, settings: Settings) -> Inpainter:
    """Fill a hole with another part of the same photo, at times mirrored."""
    return Inpainter("copy-move", lambda holes: [_copy_move(hole) for hole in holes])


def load_splice(choice: Choice, settings: Settings) -> Inpainter:
    """Fill a hole with a part of another photo, at times brought to another scale."""
    return Inpainter("splice", _splice_all)


def _copy_move(hole: Hole) -> NDArray[np.uint8]:
    """Return the photo with its hole filled by the shift (of a few tried) that hides it best.

    The best is the one that covers the hole least with the hole itself.
    """
    height, width = hole.mask.shape
    box = bounding_box(hole.mask)
    source = hole.image[:, ::-1] if hole.rng.random() < 0.25 else hole.image
    part = hole.mask[box.ymin : box.ymax, box.xmin : box.xmax]
    rows, columns = part.shape
    best, best_overlap = (0, 0), part.size + 1
    for _ in range(_TRIES):
        top = int(hole.rng.integers(height - rows + 1))
        left = int(hole.rng.integers(width - columns + 1))
        if abs(top - box.ymin) + abs(left - box.xmin) < _FEWEST_PIXELS_MOVED:
            continue
        there = hole.mask[top : top + rows, left : left + columns]
        overlap = int(np.count_nonzero(there & part))
        if overlap < best_overlap:
            best, best_overlap = (top, left), overlap
    top, left = best
    filled = hole.image.copy()
    filled[box.ymin : box.ymax, box.xmin : box.xmax][part] = source[
        top : top + rows, left : left + columns
    ][part]
    return filled


def _splice_all(holes: Sequence[Hole]) -> list[NDArray[np.uint8]]:
    return [_splice(hole) for hole in holes]


def _splice(hole: Hole) -> NDArray[np.uint8]:
    """Return the photo with a part of a donor in its hole."""
    height, width = hole.mask.shape
    donor = _read_donor(hole)
    shrink = hole.rng.uniform(0.5, 1.0) if hole.rng.random() < 0.5 else 1.0
    enough = max(height / donor.shape[0], width / donor.shape[1])
    factor = max(shrink, enough)
    if factor != 1.0:
        size = (
            max(width, round(donor.shape[1] * factor)),
            max(height, round(donor.shape[0] * factor)),
        )
        donor = np.asarray(Image.fromarray(donor).resize(size, Image.Resampling.LANCZOS))
    top = int(hole.rng.integers(donor.shape[0] - height + 1))
    left = int(hole.rng.integers(donor.shape[1] - width + 1))
    part = donor[top : top + height, left : left + width]
    return np.where(hole.mask[..., None], part, hole.image)


def _read_donor(hole: Hole) -> NDArray[np.uint8]:
    """Return a photo to take from: a readable donor, or the photo itself turned upside down."""
    if hole.donors:
        order = hole.rng.permutation(len(hole.donors))[:_TRIES]
        for index in order:
            try:
                return read_photo(hole.donors[int(index)])
            except ImageError:
                continue
    return np.ascontiguousarray(hole.image[::-1, ::-1])
