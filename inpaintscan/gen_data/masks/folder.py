"""Masks made by others: a folder of black and white images, e.g. QD-IMD."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import DataError, ImageError
from inpaintscan.images import ImageFile, find_images, read_image


def find_masks(folder: Path) -> tuple[Path, ...]:
    """Return the images of a folder, in the order of their paths.

    Raises:
        DataError: if there are none.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of masks")
    paths = tuple(item.path for item in find_images([folder]) if isinstance(item, ImageFile))
    if not paths:
        raise DataError(f"{folder}: no mask images in this folder")
    return paths


def check_masks(folder: Path) -> None:
    """Check that every mask of a folder can be read.

    Raises:
        DataError: naming those that cannot, or if there are none.
    """
    broken = []
    for path in find_masks(folder):
        try:
            read_image(path)
        except ImageError as error:
            broken.append(str(error))
    if broken:
        raise DataError(f"{folder}: take out the masks that cannot be read: {'; '.join(broken)}")


def draw_from_folder(
    paths: tuple[Path, ...], size_hw: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return one of the masks, flipped at random, brought to the photo's size; bool (H, W).

    White (128 and above) is what is replaced.
    """
    pixels = read_image(paths[int(rng.integers(len(paths)))]).pixels
    if rng.random() < 0.5:
        pixels = pixels[:, ::-1]
    if rng.random() < 0.5:
        pixels = pixels[::-1]
    height, width = size_hw
    grey = Image.fromarray(pixels).convert("L").resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(grey) >= 128
