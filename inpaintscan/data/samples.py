"""One labelled image of a data set, and a data set: plain values, pixels read on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import DataError, ImageError
from inpaintscan.findings import Box
from inpaintscan.images import read_header, read_levels

Label = Literal["clean", "inpainted", "generated"]
LABELS: tuple[Label, ...] = get_args(Label)


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and what is known of it; a field is None (or empty) where the layout is silent."""

    image: Path
    label: Label
    mask: Path | None = None
    """White = replaced. None for a clean image, and where only the label is known."""
    box: Box | None = None
    """The rectangle around everything replaced, in pixels as displayed."""
    category: str = ""
    method: str = ""
    kind: str = ""
    """`original`, `inpainted`, `realfake`, `fakefake`, `generated`, or the class folder's name."""
    mask_kind: str = ""
    source: str = ""
    split: str = ""
    """`train`, `val`, `test`, or empty."""
    original: Path | None = None
    """The untouched photo it was made of, where a table names it."""
    photo: str = ""
    """The photo it shows, the same for all versions and copies of one; empty: not looked for."""
    mask_level: int = 128
    """The grey level from which a pixel of the mask counts as replaced. 255 for data made by
    gen-data: inside a soft edge the original still shows through (Adler's rule)."""

    @property
    def manipulated(self) -> bool:
        """Whether the image is anything but clean."""
        return self.label != "clean"

    @property
    def has_mask(self) -> bool:
        """Whether every pixel's truth is known: a mask, or a clean image."""
        return self.mask is not None or self.label == "clean"

    @property
    def has_box(self) -> bool:
        """Whether the true box is known: given, from the mask, or none as the image is clean."""
        return self.box is not None or self.has_mask


@dataclass(frozen=True, slots=True)
class Dataset(Sequence[Sample]):
    """Samples in a fixed order, and where they came from."""

    samples: tuple[Sample, ...]
    root: Path
    layout: str
    """Which reader made it: `gen-data`, `real-fake`, `images-masks`, `boxes`, `labels`, `json`,
    `photos`."""

    def __len__(self) -> int:
        return len(self.samples)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        return self.samples[index]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits that occur, in the order train, val, test, others."""
        names = {sample.split for sample in self.samples if sample.split}
        order = ("train", "val", "test")
        return tuple(
            sorted(names, key=lambda name: (order.index(name) if name in order else 3, name))
        )

    def of(self, *, split: str | None = None, label: Label | None = None) -> Dataset:
        """Return the samples of one split and/or one label."""
        kept = tuple(
            sample
            for sample in self.samples
            if (split is None or sample.split == split) and (label is None or sample.label == label)
        )
        return replace(self, samples=kept)

    def with_samples(self, samples: Sequence[Sample]) -> Dataset:
        """Return the same data set with other samples."""
        return replace(self, samples=tuple(samples))


def read_size(path: Path) -> tuple[int, int]:
    """Return (height, width) of an image as displayed, from its header alone.

    Raises:
        DataError: if the file is no image.
    """
    try:
        return read_header(path).size_hw
    except ImageError as error:
        raise DataError(f"{error}; it is an image of the data set") from error


def read_mask_levels(path: Path) -> NDArray[np.uint8]:
    """Read a mask file as grey levels, uint8 (H, W), white = replaced.

    Masks of 0 and 1, of booleans and of 16 bits are brought to 0 to 255.

    Raises:
        DataError: if the file is no image.
    """
    try:
        levels = read_levels(path)
    except ImageError as error:
        raise DataError(f"{error}; it is a mask of the data set") from error
    if not np.isfinite(levels).all():
        raise DataError(f"{path}: cannot read this mask: its values are not all finite numbers")
    levels = levels.clip(0, 65535)
    top = int(levels.max(initial=0))
    if top == 1:
        return (levels * 255).astype(np.uint8)
    return (levels // 257 if top > 255 else levels).astype(np.uint8)


def read_mask(sample: Sample) -> NDArray[np.bool_]:
    """Return the true mask of a sample, bool (H, W): all false for a clean image.

    Raises:
        DataError: if it is not known or cannot be read.
    """
    if sample.mask is not None:
        return read_mask_levels(sample.mask) >= sample.mask_level
    if sample.label != "clean":
        raise DataError(
            f"{sample.image}: labelled {sample.label}, but the data set has no mask for it"
        )
    return np.zeros(read_size(sample.image), dtype=bool)


def resize_mask(mask: NDArray[np.bool_], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a mask (H, W) at another size: true where most of what a pixel covers is replaced."""
    if mask.shape == size_hw:
        return mask
    levels = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(levels.resize(size_hw[::-1], Image.Resampling.BOX)) >= 128


def box_of_mask(mask: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box around the true pixels of a mask (H, W); None if there are none."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def enclosing_box(boxes: Sequence[Box]) -> Box | None:
    """Return the smallest box around all of them, None for none."""
    if not boxes:
        return None
    return Box(
        min(box.xmin for box in boxes),
        min(box.ymin for box in boxes),
        max(box.xmax for box in boxes),
        max(box.ymax for box in boxes),
    )
