"""The photos of a source folder: find, name, split, read, and bring to size."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import DataError, ImageError
from inpaintscan.gen_data.settings import SPLITS, Settings
from inpaintscan.images import ImageFile, find_images, hash_file, read_image, show_path

SMALLEST_SIDE = 32
AUGMENTED = "-aug"
"""What is added to the name of an augmented copy."""
_OWN_ENDINGS = (AUGMENTED, ".png", ".jpg", ".webp")
_LONGEST_NAME = 110
"""In bytes; a file system takes 255, of which variant, ending and temporary name need some."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A source file and where it goes."""

    path: Path
    relative: str
    """Below the source folder, forward slashes; undecodable bytes as lone surrogates."""
    name: str
    """Unique file stem in the data set."""
    split: str
    category: str
    """Its first sub-folder, or empty."""
    sha256: str
    """Of the file; empty where it cannot be read."""


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
    return _to_photos([file.path for file in files], relatives, settings)


def number_photos(paths: Sequence[Path], settings: Settings) -> list[Photo]:
    """Return photos from anywhere, in the order given and named by their number."""
    relatives = [f"{number:05}{path.suffix.lower()}" for number, path in enumerate(paths)]
    return _to_photos(paths, relatives, settings)


def _to_photos(paths: Sequence[Path], relatives: Sequence[str], settings: Settings) -> list[Photo]:
    names = unique_names(relatives)
    with ThreadPoolExecutor() as pool:
        hashes = list(pool.map(_hash_or_empty, paths))
    splits = assign_splits(relatives, hashes, settings)
    return [
        Photo(path, relative, name, split, relative.rpartition("/")[0].split("/")[0], sha256)
        for path, relative, name, split, sha256 in zip(
            paths, relatives, names, splits, hashes, strict=True
        )
    ]


def _hash_or_empty(path: Path) -> str:
    try:
        return hash_file(path)
    except ImageError:
        return ""  # it is skipped, with the reason, when its turn comes


def unique_names(relatives: Sequence[str]) -> list[str]:
    """Return a file stem for each relative path, `a/b.jpg` -> `a__b`, of at most 119 bytes.

    Paths that would collide, on any file system or with what is added to a name, and those that
    are too long or hold what not every file system takes, get a part of their hash added.
    """
    paths = [PurePosixPath(relative) for relative in relatives]
    stems = ["__".join((*path.parts[:-1], path.stem)) for path in paths]
    safe = [_safe(stem) for stem in stems]
    counts = Counter(name.lower() for name in safe)
    return [
        name
        if name == stem and counts[name.lower()] == 1 and not name.lower().endswith(_OWN_ENDINGS)
        else f"{name}-{hashlib.sha256(os.fsencode(relative)).hexdigest()[:8]}"
        for name, stem, relative in zip(safe, stems, relatives, strict=True)
    ]


def _safe(stem: str) -> str:
    """Return a stem without what some file system or table does not take, cut to its length."""
    kept = "".join(
        letter if letter.isprintable() and letter not in '<>:"\\|?*' else "_" for letter in stem
    )
    return kept.strip(" .").encode()[:_LONGEST_NAME].decode(errors="ignore").rstrip(" .")


def assign_splits(relatives: Sequence[str], hashes: Sequence[str], settings: Settings) -> list[str]:
    """Return `train`, `val` or `test` for each path; files of one hash are never divided.

    With `folder`, nor is a folder. A hash is empty where it is not known. Groups are taken in a
    random order, each to the split that lacks most of its share.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(_group(relatives, hashes, by_folder=settings.split_by == "folder")):
        groups[key].append(index)
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


def _group(relatives: Sequence[str], hashes: Sequence[str], *, by_folder: bool) -> list[str]:
    """Return a group for each path: its folder or itself, joined with those of the same hash."""
    groups = [relative.rpartition("/")[0] if by_folder else relative for relative in relatives]
    joined: dict[str, str] = {}

    def first_of(group: str) -> str:
        while group in joined:
            group = joined[group]
        return group

    holders: dict[str, str] = {}
    for group, sha256 in zip(groups, hashes, strict=True):
        first, second = sorted((first_of(group), first_of(holders.setdefault(sha256, group))))
        if sha256 and first != second:
            joined[second] = first
    return [first_of(group) for group in groups]


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Return a photo as displayed, uint8 (H, W, 3) RGB.

    Raises:
        ImageError: if it cannot be read, or is smaller than 32 pixels a side.
    """
    pixels = read_image(path).pixels
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise ImageError(f"{show_path(path)}: a side is shorter than {SMALLEST_SIDE} pixels")
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
