"""Read a data set of any known layout: SPEC section 5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inpaintscan.data.checks import check_inside, check_samples
from inpaintscan.data.folders import (
    find_class_folders,
    find_mask_folders,
    read_class_folders,
    read_mask_folders,
    read_photos,
    split_name,
)
from inpaintscan.data.samples import Dataset, Sample
from inpaintscan.data.tables import TABLES, find_mask, find_table, read_imdl_json, table_kind
from inpaintscan.errors import DataError

KNOWN_LAYOUTS = (
    "a gen-data folder with labels.csv; real/ + fake/; images/ + masks/; a CSV with "
    "image_id,inpainted,xmin,ymin,xmax,ymax or image,mask,label; an IMDL-BenCo .json"
)


def read_dataset(
    path: Path, *, check: bool = True, plain: bool = False, allow_outside: bool = False
) -> Dataset:
    """Read a labelled data set from a folder, a `.csv` or a `.json`.

    Samples are in the order of the table, or sorted by path. With `check`, sizes of images and
    masks are compared, and images whose mask is all black become clean. With `plain`, a folder
    that says of no image that it is manipulated holds clean photos: the layout `photos`. A table
    may name files outside its folder only with `allow_outside`.

    Raises:
        DataError: if the layout is not known, a file it names is missing or outside, or sizes do
            not match.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such data set")
    layout, samples = _read_file(path) if path.is_file() else _read_folder(path, plain=plain)
    if not samples:
        raise DataError(f"{path}: the data set holds no images")
    root = path if path.is_dir() else path.parent
    if not allow_outside:
        check_inside(samples, root)
    if check:
        samples = check_samples(samples)
    return Dataset(tuple(samples), root, layout)


def _read_file(path: Path) -> tuple[str, list[Sample]]:
    if path.suffix.lower() == ".json":
        return "json", read_imdl_json(path)
    if path.suffix.lower() == ".csv":
        kind = table_kind(path)
        if kind is None:
            raise DataError(f"{path}: unknown columns; known: {KNOWN_LAYOUTS}")
        return kind, TABLES[kind](path)
    raise DataError(f"{path}: not a data set; give a folder, a .csv or a .json")


def is_plain(path: Path) -> bool:
    """Tell whether `read_dataset` reads this as plain photos, if it may."""
    return path.is_dir() and _read_folder(path, plain=True)[0] == "photos"


def _read_folder(root: Path, *, plain: bool) -> tuple[str, list[Sample]]:
    found = _read_labels(root)
    if plain and (found is None or _is_named_by_chance(*found)):
        return "photos", read_photos(root)
    if found is None:
        raise DataError(f"{root}: the layout is not known; known: {KNOWN_LAYOUTS}")
    return found


def _is_named_by_chance(layout: str, samples: Sequence[Sample]) -> bool:
    """Tell whether folders named `nature` or `original` are just some of a person's albums."""
    return layout == "real-fake" and not any(sample.manipulated for sample in samples)


def _read_labels(root: Path) -> tuple[str, list[Sample]] | None:
    """Return layout and samples of a folder, or None where no layout fits."""
    found = _read_one(root)
    if found is not None:
        return found[0], _split_of_gen_data(root) or found[1]
    splits = [
        child for child in sorted(root.iterdir()) if child.is_dir() and split_name(child.name)
    ]
    parts = [part for child in splits if (part := _read_one(child, split_name(child.name)))]
    if not parts:
        return None
    return parts[0][0], [sample for _, samples in parts for sample in samples]


def _split_of_gen_data(root: Path) -> list[Sample]:
    """Return the rows of `DST/labels.csv` for a folder `DST/test`; none where that is not it."""
    table = find_table(root.parent) if split_name(root.name) else None
    if table is None or table[0] != "gen-data":
        return []
    return [sample for sample in TABLES["gen-data"](table[1]) if sample.image.is_relative_to(root)]


def _read_one(root: Path, split: str = "") -> tuple[str, list[Sample]] | None:
    """Read one folder, or return None where no layout fits; tables win over folder names."""
    table = find_table(root)
    if table is not None:
        kind, path = table
        return kind, TABLES[kind](path)
    if mask_folders := find_mask_folders(root):
        return "images-masks", read_mask_folders(*mask_folders, split)
    if class_folders := find_class_folders(root):
        return "real-fake", read_class_folders(class_folders, root, split)
    return None


def read_holes(dataset: Dataset) -> Dataset:
    """Return the data set with its frames of kind `inpainted` masked by their holes.

    A network that redraws the frame leaves its traces everywhere, so such a frame counts as
    generated; Adler et al. (2023) ask for the hole in it all the same, and this does as they did.

    Raises:
        DataError: if a mask is missing.
    """
    return dataset.with_samples([_read_hole(sample) for sample in dataset])


def _read_hole(sample: Sample) -> Sample:
    if sample.kind != "inpainted" or sample.label != "generated":
        return sample
    mask = find_mask(sample.image)
    if mask is None:
        raise DataError(
            f"{sample.image}: its hole is not known: make the data set with mask among --kinds"
        )
    return replace(sample, label="inpainted", mask=mask, mask_level=255)
