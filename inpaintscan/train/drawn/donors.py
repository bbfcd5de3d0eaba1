"""What a region is replaced with: one function a kind, by the names of `DonorShares`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.train.drawn import retouch
from inpaintscan.train.drawn.endings import draw_grain, draw_interpolation, draw_jpeg
from inpaintscan.train.drawn.hosts import cut_scaled
from inpaintscan.train.drawn.shares import DrawnSettings, choose
from inpaintscan.train.drawn.window_bank import WindowBank, cut


@dataclass(frozen=True, slots=True)
class Region:
    """A host with a region to be replaced, and what there is to replace it with."""

    host: Pixels
    """uint8 (s, s, 3)."""
    mask: Mask
    """(s, s), true wherever the host will not show alone."""
    photos: WindowBank
    generated: WindowBank | None = None


def draw_donor(
    region: Region, settings: DrawnSettings, rng: np.random.Generator
) -> tuple[Pixels, str]:
    """Draw a picture of the host's size to take the region from, and tell its kind."""
    kind = choose(settings.donors, rng, () if region.generated else ("generated",))
    donor = DONORS[kind](region, rng)
    if rng.random() < settings.grained_donors:
        donor = draw_grain(rng)(donor)
    return donor, kind


def other(region: Region, rng: np.random.Generator) -> Pixels:
    """Another photo: its own scale, its own grid, at times its own JPEG or filter."""
    side = len(region.host)
    window = region.photos.draw(rng, reduced=rng.random() < 0.3)
    factor = float(np.exp(rng.uniform(np.log(0.4), np.log(2)))) if rng.random() < 0.7 else 1.0
    donor = cut_scaled(window, side + 8, factor, rng, aligned=False)
    if rng.random() < 0.35:
        donor = draw_jpeg(rng)(donor)
    if rng.random() < 0.25:
        donor = _filter(donor, rng)
    return _coloured(cut(donor, side, rng, aligned=False), region, rng)


def generated(region: Region, rng: np.random.Generator) -> Pixels:
    """A generated image, in half of the cases at another scale."""
    assert region.generated is not None
    side = len(region.host)
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.4)))) if rng.random() < 0.5 else 1.0
    donor = cut_scaled(region.generated.draw(rng), side + 8, factor, rng, aligned=False)
    return _coloured(cut(donor, side, rng, aligned=False), region, rng)


def resampled(region: Region, rng: np.random.Generator) -> Pixels:
    """The host made smaller and larger again."""
    side = len(region.host)
    small = max(8, round(side * rng.uniform(0.35, 0.95)))
    donor = retouch.resize(region.host, (small, small), draw_interpolation(side, small, rng))
    donor = retouch.resize(donor, (side, side), draw_interpolation(small, side, rng))
    return _filter(donor, rng) if rng.random() < 0.3 else donor


def filtered(region: Region, rng: np.random.Generator) -> Pixels:
    """The host denoised, blurred or sharpened."""
    return _filter(region.host, rng)


def moved(region: Region, rng: np.random.Generator) -> Pixels:
    """The host shifted, at times mirrored, turned or scaled."""
    side = len(region.host)
    shift = [int(rng.integers(side // 8, side - side // 8)) for _ in range(2)]
    donor = np.roll(region.host, shift, axis=(0, 1))
    if rng.random() < 0.4:
        donor = donor[:, ::-1]
    donor = np.ascontiguousarray(donor)
    if rng.random() < 0.4:
        turn = cv2.getRotationMatrix2D(
            (side / 2, side / 2), rng.uniform(-20, 20), rng.uniform(0.8, 1.25)
        )
        flags = retouch.INTERPOLATIONS[int(rng.integers(2))]
        donor = np.asarray(
            cv2.warpAffine(
                donor, turn, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101
            ),
            dtype=np.uint8,
        )
    return donor


def resaved(region: Region, rng: np.random.Generator) -> Pixels:
    """The host out of a JPEG whose grid is not that of the host."""
    place = int(rng.integers(1, 64))
    return draw_jpeg(rng, (place // 8, place % 8))(region.host)


def classical(region: Region, rng: np.random.Generator) -> Pixels:
    """What OpenCV's inpainters draw into the hole; a blur where it is large."""
    side = len(region.host)
    hole = region.mask.astype(np.uint8)
    share = float(region.mask.mean())
    method = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
    if rng.random() < 0.5 and share < 0.4:  # as tools do that work on a smaller picture
        half = side // 2, side // 2
        small = retouch.resize(region.host, half, cv2.INTER_AREA)
        small_hole = (retouch.resize(hole * np.uint8(255), half, cv2.INTER_AREA) > 0).astype(
            np.uint8
        )
        filled = np.asarray(cv2.inpaint(small, small_hole, 3, method), dtype=np.uint8)
        return retouch.resize(filled, (side, side), cv2.INTER_CUBIC)
    if share < 0.2:
        radius = int(rng.integers(2, 6))
        return np.asarray(cv2.inpaint(region.host, hole, radius, method), dtype=np.uint8)
    return retouch.blur(region.host, rng.uniform(1, 5))


DONORS: dict[str, Callable[[Region, np.random.Generator], Pixels]] = {
    "other": other,
    "generated": generated,
    "resampled": resampled,
    "filtered": filtered,
    "moved": moved,
    "resaved": resaved,
    "classical": classical,
}


def _filter(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    chance = rng.random()
    if chance < 0.3:
        return retouch.bilateral(pixels, rng.uniform(10, 60), rng.uniform(1, 4))
    if chance < 0.5:
        return retouch.median(pixels, int(rng.choice([3, 5])))
    if chance < 0.75:
        return retouch.blur(pixels, rng.uniform(0.4, 1.6))
    return retouch.sharpen(pixels, rng.uniform(0.6, 1.5), rng.uniform(0.3, 1.2))


def _coloured(donor: Pixels, region: Region, rng: np.random.Generator) -> Pixels:
    """Give a donor the colours of what it covers, in half of the cases."""
    if rng.random() < 0.5:
        return donor
    return retouch.match_colours(donor, region.host, region.mask, rng.uniform(0.4, 1.0))
