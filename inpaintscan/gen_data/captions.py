"""Prompts for the diffusion pipelines: captions CSV, COCO captions JSON, or side-car text files."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from inpaintscan.errors import DataError
from inpaintscan.gen_data.photos import Photo

_NAME_COLUMNS = ("image", "image_id", "file", "file_name", "filename", "path")
_TEXT_COLUMNS = ("caption", "prompt", "text")

Captions = dict[str, tuple[str, ...]]
"""Relative path of a photo -> its captions."""


def find_captions(photos: Sequence[Photo], table: Path | None) -> Captions:
    """Return the captions of each photo that has any: of the table, else of `<photo>.txt`.

    A table names a photo by its path below the source folder, or by its file name or stem.

    Raises:
        DataError: if the table cannot be read or has none of the known columns.
    """
    known = _read_table(table) if table else {}
    found: Captions = {}
    for photo in photos:
        relative = PurePosixPath(photo.relative)
        names = (photo.relative, relative.name, relative.stem)
        captions = next((tuple(known[name]) for name in names if name in known), ())
        captions = captions or _read_sidecar(photo.path.with_suffix(".txt"))
        if captions:
            found[photo.relative] = captions
    return found


def _read_sidecar(path: Path) -> tuple[str, ...]:
    """Return the lines of a text file beside the photo, one caption a line."""
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _read_table(path: Path) -> dict[str, list[str]]:
    try:
        if path.suffix.lower() == ".json":
            return _read_coco(path)
        return _read_csv(path)
    except OSError as error:
        raise DataError(f"{path}: cannot read captions: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(f"{path}: not a COCO captions JSON or a captions CSV ({error})") from error


def _read_coco(path: Path) -> dict[str, list[str]]:
    """Read `{"images": [{id, file_name}], "annotations": [{image_id, caption}]}`."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names = {image["id"]: str(image["file_name"]) for image in content["images"]}
    captions: dict[str, list[str]] = defaultdict(list)
    for annotation in content["annotations"]:
        captions[names[annotation["image_id"]]].append(str(annotation["caption"]).strip())
    return dict(captions)


def _read_csv(path: Path) -> dict[str, list[str]]:
    """Read a table with a column for the photo and one for the caption; several rows per photo."""
    captions: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or ()
        name = next((column for column in _NAME_COLUMNS if column in columns), None)
        text = next((column for column in _TEXT_COLUMNS if column in columns), None)
        if name is None or text is None:
            raise DataError(
                f"{path}: needs a column of {', '.join(_NAME_COLUMNS)} and one of "
                f"{', '.join(_TEXT_COLUMNS)}"
            )
        for row in reader:
            if row[name] is None or row[text] is None:
                raise DataError(
                    f"{path}: line {reader.line_num}: has fewer columns than the first line"
                )
            captions[row[name]].append(row[text].strip())
    return dict(captions)
