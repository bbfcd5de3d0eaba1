"""Labelled images as training examples: read, fitted to the input size, augmented, with truth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset

from inpaintscan.data.augment import augment, flip
from inpaintscan.data.samples import Sample, box_of_mask, read_mask, resize_mask
from inpaintscan.data.windows import Mask, Pixels, draw_corner, reach
from inpaintscan.errors import DataError, ImageError
from inpaintscan.images import read_image
from inpaintscan.train.crops.photo_crops import to_tensor
from inpaintscan.train.loop.loop import Batch, rng_for

KEPT_BYTES = 2**29
"""Decoded pictures that each loader process keeps: reading costs more than all the rest."""


class Examples(Dataset[Batch]):
    """Example `i` for any `i`: the samples over and over, in an order drawn anew each time.

    - `image`: float32 (3, size, size), RGB in [0, 1];
    - `labels`: float32 (classes,), 1 where the image is of that class;
    - `box`: float32 (4,), corners as shares of the side; zero where there is none;
    - `has_box`: 1 if the image is inpainted and its box known;
    - `mask`: uint8 (1, size, size), 1 = replaced;
    - `has_mask`: 1 if the mask is known, all zero for a clean image.

    With `balance`, labels take turns. Without `training`, example `i` is sample `i`, unchanged.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        classes: tuple[str, ...],
        *,
        size: int,
        fit: Literal["resize", "tile"],
        seed: int,
        training: bool = True,
        balance: bool = True,
        augment_share: float = 0.0,
        mirror: bool = True,
    ) -> None:
        self.samples, self.classes, self.size, self.fit = list(samples), classes, size, fit
        self.seed, self.training = seed, training
        self.augment_share, self.mirror = augment_share, mirror
        self._kept: dict[Sample, tuple[Pixels, Mask]] = {}
        self._room = KEPT_BYTES
        labels = [sample.label if balance else "" for sample in self.samples]
        self.groups = [
            [number for number, label in enumerate(labels) if label == name]
            for name in sorted(set(labels))
        ]

    def __len__(self) -> int:
        return len(self.samples)

    def sample_at(self, index: int) -> Sample:
        """Return the sample that example `index` is made from."""
        if not self.training:
            return self.samples[index]
        turn, number = divmod(index, len(self.groups))[::-1]
        group = self.groups[turn]
        epoch, place = divmod(number, len(group))
        chosen = int(_order(self.seed, turn, epoch, len(group))[place])
        return self.samples[group[chosen]]

    def __getitem__(self, index: int) -> Batch:
        sample = self.sample_at(index)
        rng = rng_for(self.seed, index)
        pixels, mask = self._read(sample)
        if self.fit == "tile":
            pixels, mask = _crop(pixels, mask, self.size, rng if self.training else None)
        if self.training and self.mirror:
            pixels, mask = flip(pixels, mask, rng)
        if self.training and self.augment_share:
            pixels, mask = augment(pixels, mask, rng, self.augment_share)
        return self._to_batch(sample, pixels, mask)

    def _read(self, sample: Sample) -> tuple[Pixels, Mask]:
        """Return picture and mask, resized if they are to be; kept while there is room."""
        if sample in self._kept:
            return self._kept[sample]
        try:
            pixels = read_image(sample.image).pixels
        except ImageError as error:
            raise DataError(f"{error} (repair it, or remove it from the data set)") from error
        mask = _mask_or_box(sample, pixels.shape[:2])
        if self.fit == "resize":
            pixels, mask = resize_pixels(pixels, self.size), resize_mask(mask, (self.size,) * 2)
        self._room -= pixels.nbytes + mask.nbytes
        if self._room >= 0:
            self._kept[sample] = pixels, mask
        return pixels, mask

    def _to_batch(self, sample: Sample, pixels: Pixels, mask: Mask) -> Batch:
        box = box_of_mask(mask)
        # A crop without a replaced pixel is clean, where the pixels are known.
        label = (
            "clean"
            if sample.label == "inpainted" and sample.has_box and box is None
            else sample.label
        )
        corners = (0, 0, 0, 0) if box is None else (box.xmin, box.ymin, box.xmax, box.ymax)
        return {
            "image": to_tensor(pixels),
            "labels": torch.tensor([float(label == name) for name in self.classes]),
            "box": torch.tensor(corners, dtype=torch.float32) / self.size,
            "has_box": torch.tensor(float(box is not None)),
            "mask": torch.from_numpy(np.ascontiguousarray(mask, dtype=np.uint8))[None],
            "has_mask": torch.tensor(float(sample.has_mask)),
        }


@lru_cache(maxsize=8)
def _order(seed: int, turn: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, turn, epoch, count]).permutation(count)


def _mask_or_box(sample: Sample, size_hw: tuple[int, ...]) -> Mask:
    """Return the true mask; the filled box where only that is known; else nothing."""
    if sample.mask is not None:
        return read_mask(sample)
    mask = np.zeros(size_hw, dtype=bool)
    if sample.box is not None:
        mask[sample.box.ymin : sample.box.ymax, sample.box.xmin : sample.box.xmax] = True
    return mask


def resize_pixels(pixels: Pixels, size: int) -> Pixels:
    """Return the whole picture at `size` squared, as a scan resizes it for such a network."""
    if pixels.shape[:2] == (size, size):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR))


def _crop(
    pixels: Pixels, mask: Mask, size: int, rng: np.random.Generator | None
) -> tuple[Pixels, Mask]:
    """Cut a square, half of the time around a replaced pixel; without `rng` around their middle."""
    pixels, mask = reach(pixels, size), reach(mask, size)
    room = [side - size for side in mask.shape]
    rows, columns = np.nonzero(mask)
    if rng is None:
        middle = (
            (rows.mean(), columns.mean()) if rows.size else (mask.shape[0] / 2, mask.shape[1] / 2)
        )
        corner = [int(centre) - size // 2 for centre in middle]
    elif rows.size and rng.random() < 0.5:
        chosen = rng.integers(rows.size)
        corner = [int(axis[chosen]) - int(rng.integers(size)) for axis in (rows, columns)]
    else:
        corner = [*draw_corner(mask.shape, size, rng)]
    # Multiples of 8, so that JPEG blocks lie as they do when the image is scanned.
    top, left = (
        max(0, min(place, limit)) // 8 * 8 for place, limit in zip(corner, room, strict=True)
    )
    inside = np.s_[top : top + size, left : left + size]
    return pixels[inside], mask[inside]
