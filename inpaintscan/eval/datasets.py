"""The data sets of an evaluation: labelled ones of any layout, and folders of clean photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inpaintscan.data import Dataset, Sample, read_dataset
from inpaintscan.data.layouts import read_holes
from inpaintscan.data.splits import name_photos
from inpaintscan.errors import DataError
from inpaintscan.images import ImageFile, find_images


@dataclass(frozen=True, slots=True)
class TestSet:
    """Samples to measure on, and the name reports show."""

    __test__ = False  # no test class, whatever its name tells pytest

    name: str
    samples: tuple[Sample, ...]
    clean_only: bool = False


def read_test_set(
    path: Path, split: str | None = None, holes: bool = False, allow_outside: bool = False
) -> TestSet:
    """Read a labelled data set: the named split, else `test` if there is one, else all of it.

    `split` may be `all`. With `holes`, see `inpaintscan.data.layouts`; `allow_outside`, see
    `read_dataset`.

    Raises:
        DataError: if it cannot be read or has no such split.
    """
    dataset = read_dataset(path, allow_outside=allow_outside)
    chosen = _choose_split(dataset, split)
    if not chosen.samples:
        raise DataError(
            f"{path}: no split {split!r}; it has {', '.join(dataset.splits) or 'none: --split all'}"
        )
    return TestSet(path.as_posix(), name_photos(read_holes(chosen) if holes else chosen).samples)


def _choose_split(dataset: Dataset, split: str | None) -> Dataset:
    if split == "all" or (split is None and "test" not in dataset.splits):
        return dataset
    return dataset.of(split=split or "test")


def read_clean_set(path: Path) -> TestSet:
    """Read a folder of photos taken to be clean; the source is the folder below the argument.

    Raises:
        DataError: if there is no image.
    """
    if not path.exists():
        raise DataError(f"{path}: no such folder of photos")
    files = [item for item in find_images([path]) if isinstance(item, ImageFile)]
    if not files:
        raise DataError(f"{path}: no image in this folder")
    samples = []
    for file in files:
        source = file.relative.parts[0] if len(file.relative.parts) > 1 else path.name
        samples.append(Sample(file.path, "clean", kind="original", source=source))
    return TestSet(path.as_posix(), tuple(samples), clean_only=True)


def group_fields(test_set: TestSet, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return what to group a set's results by.

    As wanted; clean photos also by source, and several kinds of manipulation by kind unless
    told otherwise, as they must not be read as one number.
    """
    if test_set.clean_only:
        several = len({sample.source for sample in test_set.samples}) > 1
        return tuple(dict.fromkeys((*wanted, *(["source"] if several else []))))
    kinds = {sample.kind for sample in test_set.samples if sample.manipulated}
    return ("kind",) if not wanted and len(kinds) > 1 else wanted
