"""Data sets whose labels stand in a table: CSV files, and the JSON lists of IMDL-BenCo."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from inpaintscan.data.folders import images_below, split_name
from inpaintscan.data.samples import LABELS, Label, Sample, enclosing_box
from inpaintscan.errors import DataError
from inpaintscan.findings import Box
from inpaintscan.images import EXTENSIONS
from inpaintscan.images.names import from_text_cell

Row = dict[str, str]

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_REDREW = {"gated", "vae", "frames", "diffusion", "text-to-image"}
"""Methods of gen-data whose raw output (kind `inpainted`) is synthesised in every pixel. For sets
of before `labels.csv` had the column `label`; nothing else may tell a label by a method's name."""


def _read_rows(path: Path) -> list[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot read this table: {error}") from error
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


def table_kind(path: Path) -> str | None:
    """Return which known table a CSV file is, by its columns, or None."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            columns = set(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot read this table: {error}") from error
    if {"image_id", "split", "kind", "inpainted"} <= columns:
        return "gen-data"
    if {"image_id", "inpainted", *_CORNERS} <= columns:
        return "boxes"
    if {"image", "label"} <= columns:
        return "labels"
    return None


def find_table(folder: Path) -> tuple[str, Path] | None:
    """Return kind and path of the table that labels a folder: `labels.csv`, else the only one.

    Raises:
        DataError: if there are several to choose from.
    """
    tables = [(kind, path) for path in sorted(folder.glob("*.csv")) if (kind := table_kind(path))]
    named = [table for table in tables if table[1].name == "labels.csv"]
    if len(named or tables) > 1:
        names = ", ".join(path.name for _, path in tables)
        raise DataError(
            f"{folder}: several tables ({names}); name the one to use, e.g. {tables[0][1]}"
        )
    return next(iter(named or tables), None)


def _is_file(path: Path) -> bool:
    """Tell whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _Finder:
    """Finds the file an `image_id` means: a path, or a name with or without ending."""

    def __init__(self, table: Path) -> None:
        self.table = table
        self.root = table.parent

    def path(self, name: str, *folders: Path) -> Path:
        for folder in (*folders, self.root):
            for extension in ("", *sorted(EXTENSIONS)):
                candidate = folder / f"{name}{extension}"
                if _is_file(candidate):
                    return candidate
        return self._anywhere(name)

    def _anywhere(self, name: str) -> Path:
        found = self._index.get(Path(name).name) or self._index.get(Path(name).stem) or []
        if len(found) != 1:
            what = "no such image below" if not found else "several images of that name below"
            raise DataError(f"{self.table}: {name!r}: {what} {self.root}")
        return found[0]

    @cached_property
    def _index(self) -> dict[str, list[Path]]:
        index: dict[str, list[Path]] = {}
        for path in images_below(self.root):
            folders = path.relative_to(self.root).parts[:-1]
            if any(folder.lower() in {"mask", "masks"} for folder in folders):
                continue
            for key in {path.name, path.stem}:
                index.setdefault(key, []).append(path)
        return index


def _flag(table: Path, row: Row) -> bool:
    value = row["inpainted"].lower()
    if value in {"1", "1.0", "true", "yes"}:
        return True
    if value in {"0", "0.0", "false", "no", ""}:
        return False
    raise DataError(f"{table}: {row['image_id']}: `inpainted` is {row['inpainted']!r}, not 0 or 1")


def _box(table: Path, row: Row) -> Box | None:
    """Return the row's box, or None where it is empty or all zero."""
    values = [row.get(corner, "") for corner in _CORNERS]
    if not any(values):
        return None
    try:
        xmin, ymin, xmax, ymax = (round(float(value)) for value in values)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{table}: {row['image_id']}: box {values} is not four numbers") from error
    if (xmin, ymin, xmax, ymax) == (0, 0, 0, 0):
        return None
    if xmin < 0 or ymin < 0 or xmax <= xmin or ymax <= ymin:
        raise DataError(f"{table}: {row['image_id']}: box {values} is empty")
    return Box(xmin, ymin, xmax, ymax)


def read_gen_data(table: Path) -> list[Sample]:
    """Read a folder made by `gen-data` through its labels.csv.

    A set that was made without masks has samples without.

    Raises:
        DataError: if an image or mask that the table implies is missing, or a label is unknown.
    """
    finder = _Finder(table)
    samples = []
    for row in _read_rows(table):
        if row["kind"] == "mask":
            continue
        folder = table.parent / row["split"] / row["kind"]
        image = finder.path(row["image_id"], folder)
        label = _label(table, row["image_id"], row["label"]) if "label" in row else _old(table, row)
        samples.append(
            Sample(
                image=image,
                label=label,
                mask=find_mask(image) if label == "inpainted" else None,
                box=_box(table, row) if label == "inpainted" else None,
                split=split_name(row["split"]) or row["split"],
                mask_level=255,
                **_origin(row),
            )
        )
    return samples


def _origin(row: Row) -> dict[str, Any]:
    """Return the fields of a sample that say where it came from, as far as there are columns."""
    names = ("category", "method", "kind", "mask_kind", "source")
    return {name: row.get(name, "") for name in names}


def _old(table: Path, row: Row) -> Label:
    """Return the label of a row of a table that has no such column."""
    inpainted = _flag(table, row)
    family = row.get("method", "").split(":")[0]
    if row["kind"] == "generated" or (row["kind"] == "inpainted" and family in _REDREW):
        return "generated"
    return "inpainted" if inpainted else "clean"


def _label(table: Path, name: str, text: str) -> Label:
    for label in LABELS:
        if text.lower() == label:
            return label
    raise DataError(f"{table}: {name}: label {text!r} is none of {', '.join(LABELS)}")


def find_mask(image: Path) -> Path | None:
    """Return the mask of an image in a folder made by gen-data; None where it made no masks.

    Raises:
        DataError: if there are masks, but not of this image.
    """
    folder = image.parent.parent / "mask"
    mask = find_sibling(image, "mask")
    if mask is None and folder.is_dir():
        raise DataError(f"{image}: is inpainted, but there is no mask {folder / image.stem}.png")
    return mask


def find_sibling(image: Path, kind: str) -> Path | None:
    """Return what gen-data made beside an image: its mask, its original; None if it is not there.

    Any ending that an image has will do, as sets are converted.
    """
    stem = image.parent.parent / kind / image.stem
    endings = (image.suffix, ".png", *sorted(EXTENSIONS))
    return next(filter(Path.is_file, (stem.with_name(stem.name + end) for end in endings)), None)


def read_boxes(table: Path) -> list[Sample]:
    """Read images labelled by `image_id,inpainted,xmin,ymin,xmax,ymax`.

    Several rows of one image (as `localize` writes) become one sample whose box encloses them.

    Raises:
        DataError: if an image is missing or a row makes no sense.
    """
    finder = _Finder(table)
    samples: dict[str, Sample] = {}
    for row in _read_rows(table):
        name = from_text_cell(row["image_id"])  # as `localize` writes it
        known = samples.get(name)
        inpainted = _flag(table, row) or (known is not None and known.label == "inpainted")
        box = _box(table, row) if inpainted else None
        boxes = [one for one in (known.box if known else None, box) if one]
        samples[name] = Sample(
            image=known.image if known else finder.path(name, table.parent / "images"),
            label="inpainted" if inpainted else "clean",
            box=enclosing_box(boxes),
            split=split_name(row.get("split", "")),
            original=_original(table, row),
            **_origin(row),
        )
    return list(samples.values())


def read_labels(table: Path) -> list[Sample]:
    """Read `image,label` and optionally `mask,original,method,source,category,kind,split`.

    Paths are relative to the table. `label` is clean, inpainted or generated; `original` names the
    photo that an image was made of, which need not be there.

    Raises:
        DataError: if a file is missing or a label unknown.
    """
    return [
        Sample(
            image=_existing(table, row["image"]),
            label=_label(table, row["image"], row["label"]),
            mask=_existing(table, row["mask"]) if row.get("mask") else None,
            split=split_name(row.get("split", "")),
            original=_original(table, row),
            **_origin(row),
        )
        for row in _read_rows(table)
    ]


def _original(table: Path, row: Row) -> Path | None:
    return table.parent / row["original"] if row.get("original") else None


def _existing(table: Path, name: str) -> Path:
    path = table.parent / name
    if not _is_file(path):
        raise DataError(f"{table}: {name}: no such file in {table.parent}")
    return path


def read_imdl_json(path: Path) -> list[Sample]:
    """Read the list of IMDL-BenCo: `[[image, mask or "Negative"], ...]`.

    Paths are absolute or relative to the JSON file.

    Raises:
        DataError: if the file is no such list or names a missing file.
    """
    try:
        pairs = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = [(str(image), str(mask)) for image, mask in pairs]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(
            f'{path}: not a list of [image, mask or "Negative"] pairs ({error})'
        ) from error
    return [
        Sample(
            image=_existing(path, image),
            label="clean" if mask == "Negative" else "inpainted",
            mask=None if mask == "Negative" else _existing(path, mask),
        )
        for image, mask in rows
    ]


TABLES: dict[str, Callable[[Path], list[Sample]]] = {
    "gen-data": read_gen_data,
    "boxes": read_boxes,
    "labels": read_labels,
}
