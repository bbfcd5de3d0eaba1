"""What a data set holds, and what must hold before it is used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from inpaintscan.data.samples import Dataset, Sample, read_mask_levels, read_size
from inpaintscan.errors import DataError
from inpaintscan.images import hash_file


def check_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples, in order, with images whose mask is all black made clean.

    Raises:
        DataError: naming the first image whose mask or box does not fit its size.
    """
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_check_sample, samples))


def check_inside(samples: Iterable[Sample], root: Path) -> None:
    """Check that no table leads out of its folder, by `..` or a path from the root of the disk.

    Links inside the folder may lead anywhere.

    Raises:
        DataError: naming the first image or mask that lies elsewhere.
    """
    inside = os.path.join(os.path.abspath(root), "")  # noqa: PTH100, PTH118 (links are kept)
    for sample in samples:
        for path in (sample.image, sample.mask):
            if path is not None and not os.path.abspath(path).startswith(inside):  # noqa: PTH100
                raise DataError(
                    f"{path}: lies outside the folder of the data set, {root}; "
                    "--allow-outside reads it all the same"
                )


def _check_sample(sample: Sample) -> Sample:
    if sample.mask is None and sample.box is None:
        return sample
    height, width = read_size(sample.image)
    if sample.box is not None and (sample.box.xmax > width or sample.box.ymax > height):
        raise DataError(
            f"{sample.image}: its box {sample.box} reaches outside its {width} x {height} pixels"
        )
    if sample.mask is None:
        return sample
    levels = read_mask_levels(sample.mask)
    if levels.shape != (height, width):
        raise DataError(
            f"{sample.image}: {width} x {height} pixels as displayed, but its mask {sample.mask} "
            f"has {levels.shape[1]} x {levels.shape[0]}; make them the same size"
        )
    if sample.label == "inpainted" and not levels.any():
        return replace(sample, mask=None, label="clean")
    return sample


def find_leaks(first: Iterable[Sample], second: Iterable[Sample]) -> list[tuple[Path, Path]]:
    """Return pairs of images, one of each side, whose files have the same content (SHA-256)."""
    with ThreadPoolExecutor() as pool:
        left, right = [sample.image for sample in first], [sample.image for sample in second]
        by_hash = dict(zip(pool.map(hash_file, left), left, strict=True))
        hashes = list(pool.map(hash_file, right))
    return [(by_hash[key], path) for key, path in zip(hashes, right, strict=True) if key in by_hash]


def check_leaks(
    train: Iterable[Sample], held_out: Iterable[Sample], what: str = "validation"
) -> None:
    """Check that no training image is held out as well.

    Raises:
        DataError: naming the first image that is in both.
    """
    leaks = find_leaks(train, held_out)
    if leaks:
        first, second = leaks[0]
        raise DataError(
            f"{second}: the same image as {first}, which is trained on; {len(leaks)} {what} images "
            "leak: split by photo or folder"
        )


def find_classes(dataset: Dataset) -> tuple[str, ...]:
    """Return the manipulations in a data set that images are told apart by, in the card's order.

    Raises:
        DataError: if there are no clean images, or nothing but clean ones.
    """
    labels = {sample.label for sample in dataset}
    classes = tuple(name for name in ("inpainted", "generated") if name in labels)
    if not classes or "clean" not in labels:
        raise DataError(
            f"{dataset.root}: holds only {', '.join(sorted(labels))} images; training needs clean "
            "and manipulated ones"
        )
    return classes


def find_kinds(samples: Iterable[Sample]) -> list[str]:
    """Return the kinds of manipulation among samples, sorted: what `eval --matrix` reads."""
    return sorted({sample.kind for sample in samples if sample.manipulated} - {""})
