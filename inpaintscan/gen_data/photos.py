"""The photos of a source folder: find, name, split, read, and bring to size."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inpaintscan.errors import DataError, ImageError
from inpaintscan.gen_data.settings import SPLITS, Settings
from inpaintscan.images import ImageFile, find_images, read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_SIDE = 32


@dataclass(frozen=True, slots=True)
class Photo:
    """A source file and where it goes."""

    path: Path
    relative: str
    """Below the source folder, forward slashes."""
    name: str
    """Unique file stem in the data set."""
    split: str
    category: str
    """Its first sub-folder, or empty."""


def find_photos(source: Path, settings: Settings) -> list[Photo]:
    """Return the photos below a folder in the order of their paths, each with its split.

    Raises:
        DataError: if the folder is missing, holds no image, or a part of it cannot be read.
    """
    if not source.is_dir():
        raise DataError(f"{source}: no such folder of photos")
    files = []
    for item in find_images([source]):
        if not isinstance(item, ImageFile):
            raise DataError(f"{item.path}: {item.error}")
        files.append(item)
    if not files:
        raise DataError(f"{source}: no images found in this folder")
    relatives = [file.relative.as_posix() for file in files]
    names = unique_names(relatives)
    splits = assign_splits(relatives, settings)
    return [
        Photo(file.path, relative, name, split, relative.split("/")[0] if "/" in relative else "")
        for file, relative, name, split in zip(files, relatives, names, splits, strict=True)
    ]


def unique_names(relatives: Sequence[str]) -> list[str]:
    """Return a file stem for each relative path, `a/b.jpg` -> `a__b`.

    Paths that would collide, on any file system, get a part of their hash added.
    """
    stems = [relative.rpartition(".")[0].replace("/", "__") or relative for relative in relatives]
    counts = Counter(stem.lower() for stem in stems)
    return [
        stem
        if counts[stem.lower()] == 1
        else f"{stem}-{hashlib.sha256(relative.encode()).hexdigest()[:8]}"
        for stem, relative in zip(stems, relatives, strict=True)
    ]


def assign_splits(relatives: Sequence[str], settings: Settings) -> list[str]:
    """Return `train`, `val` or `test` for each path; with `folder`, a folder is never divided.

    Groups are taken in a random order, each to the split that lacks most of its share.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, relative in enumerate(relatives):
        by_folder = settings.split_by == "folder"
        groups[relative.rpartition("/")[0] if by_folder else relative].append(index)
    order = sorted(groups)
    np.random.default_rng([settings.seed, 1]).shuffle(order)
    shares = np.array(settings.split) / sum(settings.split)
    counts = np.zeros(3)
    splits = [""] * len(relatives)
    for key in order:
        missing = shares * len(relatives) - counts
        missing[shares == 0] = -np.inf
        chosen = int(np.argmax(missing))
        counts[chosen] += len(groups[key])
        for index in groups[key]:
            splits[index] = SPLITS[chosen]
    return splits


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Return a photo as displayed, uint8 (H, W, 3) RGB.

    Raises:
        ImageError: if it cannot be read, or is smaller than 32 pixels a side.
    """
    pixels = read_image(path).pixels
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise ImageError(f"{path}: smaller than {SMALLEST_SIDE} pixels a side")
    return pixels


def bring_to_size(
    pixels: NDArray[np.uint8], settings: Settings, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Make a photo smaller by a random factor, bound its sides, cut it.

    Antialiased, by Lanczos or by area at random. Sides never fall below 32 pixels. A cut starts
    on the 8 x 8 grid, so that JPEG blocks stay aligned.
    """
    factor = rng.uniform(*settings.scale)
    by_area = bool(rng.integers(2))
    height, width = pixels.shape[:2]
    if settings.max_size:
        factor = min(factor, settings.max_size / max(height, width))
    if factor < 1.0:
        size = tuple(
            min(side, max(SMALLEST_SIDE, round(side * factor))) for side in (width, height)
        )
        resampling = Image.Resampling.BOX if by_area else Image.Resampling.LANCZOS
        pixels = np.asarray(Image.fromarray(pixels).resize(size, resampling))
    if settings.crop:
        height, width = pixels.shape[:2]
        top = int(rng.integers(max(0, height - settings.crop) // 8 + 1)) * 8
        left = int(rng.integers(max(0, width - settings.crop) // 8 + 1)) * 8
        pixels = pixels[top : top + settings.crop, left : left + settings.crop]
    return np.ascontiguousarray(pixels)
