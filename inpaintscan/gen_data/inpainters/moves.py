"""Real pixels in the wrong place: copy-move from the same photo, splice from another."""

from __future__ import annotations

import numpy as np
from PIL import Image

from inpaintscan.data import edits
from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.errors import ImageError
from inpaintscan.findings import Box
from inpaintscan.gen_data.compose import bounding_box
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.photos import read_photo
from inpaintscan.gen_data.settings import Choice, Settings

_TRIES = 16
_FEWEST_PIXELS_MOVED = 8
_RESAMPLINGS = (
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
    Image.Resampling.BOX,
)
_Affine = tuple[float, float, float, float, float, float]


def load_copy_move(choice: Choice, settings: Settings) -> Inpainter:
    """Fill a hole with another part of the same photo: as it is, mirrored, turned or scaled."""
    return Inpainter("copy-move", lambda holes: [_copy_move(hole) for hole in holes])


def load_splice(choice: Choice, settings: Settings) -> Inpainter:
    """Fill a hole with a part of another photo: its own scale and JPEG, its colours or matched."""
    return Inpainter("splice", lambda holes: [_splice(hole) for hole in holes])


def _copy_move(hole: Hole) -> Pixels:
    """Return the photo with its hole filled by the move (of a few tried) that hides it best.

    The best is the one that takes the fewest pixels out of the hole itself.
    """
    box, rng = bounding_box(hole.mask), hole.rng
    part = hole.mask[box.ymin : box.ymax, box.xmin : box.xmax]
    image, mask = Image.fromarray(hole.image), Image.fromarray(hole.mask.astype(np.uint8))
    size = part.shape[1], part.shape[0]
    mirror = -1 if rng.random() < 0.25 else 1
    turn, scale = 0.0, 1.0
    if rng.random() < 0.4:
        turn, scale = np.deg2rad(rng.uniform(-25, 25)), float(rng.uniform(0.75, 1.3))
    best: _Affine = (1, 0, box.xmin, 0, 1, box.ymin)
    fewest = part.size + 1
    for _ in range(_TRIES):
        move = _draw_move(hole, box, mirror, turn, scale)
        if move is None:
            continue
        there = np.asarray(mask.transform(size, Image.Transform.AFFINE, move)) > 0
        overlap = int(np.count_nonzero(there & part))
        if overlap < fewest:
            best, fewest = move, overlap
    resample = Image.Resampling.NEAREST if scale == 1 else Image.Resampling.BICUBIC
    moved = np.asarray(image.transform(size, Image.Transform.AFFINE, best, resample))
    filled = hole.image.copy()
    filled[box.ymin : box.ymax, box.xmin : box.xmax][part] = moved[part]
    return filled


def _draw_move(hole: Hole, box: Box, mirror: int, turn: float, scale: float) -> _Affine | None:
    """Return a map from the hole's box to a part of the photo, in Pillow's order, or None.

    None: the part was the hole itself. What does not fit into the photo turned is taken straight.
    """
    height, width = hole.mask.shape
    columns, rows = box.xmax - box.xmin, box.ymax - box.ymin
    cosine, sine = np.cos(turn) / scale, np.sin(turn) / scale
    across = abs(cosine) * columns + abs(sine) * rows
    along = abs(cosine) * rows + abs(sine) * columns
    if across > width or along > height:
        cosine, sine, across, along = 1.0, 0.0, columns, rows
    left = int(hole.rng.integers(int(width - across) + 1))
    top = int(hole.rng.integers(int(height - along) + 1))
    if abs(top - box.ymin) + abs(left - box.xmin) < _FEWEST_PIXELS_MOVED:
        return None
    a, b, d, e = mirror * cosine, mirror * -sine, sine, cosine
    x = left + across / 2 - a * columns / 2 - b * rows / 2
    y = top + along / 2 - d * columns / 2 - e * rows / 2
    return float(a), float(b), float(x), float(d), float(e), float(y)


def _splice(hole: Hole) -> Pixels:
    """Return the photo with a part of a donor in its hole."""
    box, rng = bounding_box(hole.mask), hole.rng
    inside = np.s_[box.ymin : box.ymax, box.xmin : box.xmax]
    mask, there = hole.mask[inside], hole.image[inside]
    part = _cut_donor(_read_donor(hole), mask.shape[0], mask.shape[1], rng)
    if rng.random() < 0.5:
        part = _match_colours(part, there, mask, float(rng.uniform(0.4, 1.0)))
    filled = hole.image.copy()
    filled[inside][mask] = part[mask]
    return filled


def _cut_donor(donor: Pixels, rows: int, columns: int, rng: np.random.Generator) -> Pixels:
    """Return a part of a donor at a scale of its own, in half of the cases out of a JPEG."""
    factor = float(np.exp(rng.uniform(np.log(0.4), np.log(1.6)))) if rng.random() < 0.6 else 1.0
    shift = rng.integers(8, size=2)  # of the donor's JPEG grid
    needed = np.array([rows, columns]) + shift
    factor = max(factor, *(needed / donor.shape[:2]))
    taken = np.minimum(np.ceil(needed / factor).astype(int), donor.shape[:2])
    top, left = (
        int(rng.integers(full - part + 1))
        for full, part in zip(donor.shape[:2], taken, strict=True)
    )
    image = Image.fromarray(donor[top : top + taken[0], left : left + taken[1]])
    resample = _RESAMPLINGS[int(rng.integers(len(_RESAMPLINGS)))]
    quality = int(rng.integers(55, 98)) if rng.random() < 0.5 else None
    size = int(needed[1]), int(needed[0])
    if image.size != size:
        image = image.resize(size, resample)
    if quality is not None:
        image = edits.recode(image, "JPEG", quality=quality)
    return np.asarray(image)[shift[0] :, shift[1] :]


def _match_colours(part: Pixels, there: Pixels, mask: Mask, amount: float) -> Pixels:
    """Bring mean and deviation of a part in the mask towards those of what was there."""
    own, wanted = part[mask].astype(np.float64), there[mask].astype(np.float64)
    gain = np.clip(wanted.std(axis=0) / (own.std(axis=0) + 1e-3), 0.4, 2.0)
    gain = 1 + amount * (gain - 1)
    centre = (1 - amount) * own.mean(axis=0) + amount * wanted.mean(axis=0)
    return np.asarray(edits.rounded((part - own.mean(axis=0)) * gain + centre))


def _read_donor(hole: Hole) -> Pixels:
    """Return a photo to take from: a readable donor, or the photo itself turned upside down."""
    if hole.donors:
        order = hole.rng.permutation(len(hole.donors))[:_TRIES]
        for index in order:
            try:
                return read_photo(hole.donors[int(index)])
            except ImageError:
                continue
    return np.ascontiguousarray(hole.image[::-1, ::-1])
