"""Random crops of plain photos, for training autoencoders and inpainters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from inpaintscan.data.bank import PixelBank, make_bank
from inpaintscan.data.windows import Pixels, cut_window, draw_corner
from inpaintscan.errors import DataError
from inpaintscan.images import ImageFile, find_images
from inpaintscan.train.loop.loop import Batch, rng_for

VALIDATION_SHARE = 10
"""One photo in this many is kept for validation."""


class PhotoCrops(Dataset[Batch]):
    """Sample `i`: a square crop of a random photo at a random scale, flipped at random.

    `{"image": float32 (3, size, size) in [0, 1]}`. Photos smaller than `size` are left out.
    """

    def __init__(
        self, bank: PixelBank, size: int, seed: int, scales: tuple[float, float] = (0.4, 1.0)
    ) -> None:
        self.bank, self.size, self.seed, self.scales = bank, size, seed, scales
        self.usable = [i for i, shape in enumerate(bank.shapes) if min(shape) >= size]
        if not self.usable:
            raise DataError(f"no photo is at least {size} pixels on both sides")

    def __getitem__(self, index: int) -> Batch:
        rng = rng_for(self.seed, index)
        image = self.bank.image(self.usable[rng.integers(len(self.usable))])
        pixels = random_crop(image, self.size, self.scales, rng)
        return {"image": to_tensor(pixels)}


def random_crop(
    image: Pixels, size: int, scales: tuple[float, float], rng: np.random.Generator
) -> Pixels:
    """Return a crop of `size` squared after shrinking by a random factor, mirrored at random."""
    smallest = max(scales[0], size / min(image.shape[:2]))
    scale = rng.uniform(smallest, max(scales[1], smallest))
    side = min(round(size / scale), *image.shape[:2])
    corner = draw_corner(image.shape, side, rng)
    crop = cut_window(image, corner, side, flip=rng.random() < 0.5)
    if side == size:
        return crop
    return np.asarray(Image.fromarray(crop).resize((size, size), Image.Resampling.LANCZOS))


def to_tensor(pixels: Pixels) -> Tensor:
    """Return (3, H, W) float32 in [0, 1] of uint8 (H, W, 3)."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))).float() / 255


def photo_banks(photos: Sequence[Path], cache: Path) -> tuple[PixelBank, PixelBank]:
    """Return pixels to train on and to validate on, of folders of photos."""
    files = [found.path for found in find_images(photos) if isinstance(found, ImageFile)]
    if len(files) < VALIDATION_SHARE:
        raise DataError(f"{len(files)} photos are too few to train on; {VALIDATION_SHARE} at least")
    train = [f for number, f in enumerate(files) if number % VALIDATION_SHARE]
    return make_bank(train, cache), make_bank(files[::VALIDATION_SHARE], cache)
