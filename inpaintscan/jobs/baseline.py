"""Earlier reports, read back."""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from inpaintscan.errors import DataError, UsageError
from inpaintscan.report.record import SCHEMA_VERSION
from inpaintscan.report.run import countable_kinds
from inpaintscan.report.shape import check_header, check_record
from inpaintscan.shapes import ShapeError, list_of, mapping_of, parse_json, table, unchecked

_SCHEMA = SCHEMA_VERSION.partition(".")[0]
_FIRST_SCHEMA = "1"
"""Of records without what the file states of itself."""
_MOST_BYTES = 4 * 1024**3
"""Of a report: read whole, it takes several times as much memory."""
_PIPE_BYTES = 65536
_PIPE_SECONDS = 2.0
_PIPE_TRIES = 40
_UNCHECKED = mapping_of(unchecked)
_LINES = list_of(_UNCHECKED)
_REPORT = table({"images": list_of(_UNCHECKED)}, more=True)


def read_report(
    path: Path, schemas: Collection[str] = (_SCHEMA,)
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header (with totals) and the records of a `.json` or `.jsonl` report.

    Raises:
        UsageError: if it cannot be read, or is no report whose schema begins with one of these.
    """
    try:
        content = read_file(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{path}: cannot read report: {why}") from error
    try:
        header, records = _parse(content, lines=path.suffix.lower() == ".jsonl")
        major = str(header.get("schema_version")).partition(".")[0]
        if "schema_version" in header and major not in schemas:
            raise UsageError(f"{path}: a report of another schema ({header['schema_version']})")
        check_header(header)
        for record in records:
            check_record(record, has_statement=major != _FIRST_SCHEMA)
    except (ShapeError, DataError) as error:
        raise UsageError(f"{path}: not a .json or .jsonl report of inpaintscan: {error}") from error
    return header, records


def read_known(path: Path | None, fail_on: Sequence[str]) -> frozenset[str]:
    """Return the sha256 of every image that is a finding in the earlier report.

    Raises:
        UsageError: if it is no report.
    """
    if path is None:
        return frozenset()
    _, records = read_report(path, (_FIRST_SCHEMA, _SCHEMA))
    found = {
        record["sha256"]
        for record in records  # those of schema 1 do not have what the file states
        if set(countable_kinds(record["verdict"], record.get("stated"))) & set(fail_on)
    }
    return frozenset(found - {None})


def read_file(path: Path) -> bytes:
    """Return what a file holds, or a pipe that something writes to.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is a device, a pipe that nobody writes to, or too large.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb", 0) as file:
        status = os.fstat(file.fileno())
        mode = status.st_mode
        if stat.S_ISFIFO(mode):
            return _read_pipe(file)
        if not stat.S_ISREG(mode):
            raise ValueError("not a file")
        if status.st_size > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES >> 30} GiB")
        return file.readall()


def _read_pipe(file: io.FileIO) -> bytes:
    for _ in range(_PIPE_TRIES):
        first = file.read(_PIPE_BYTES)
        if first != b"":  # None: somebody is going to write
            os.set_blocking(file.fileno(), True)
            return (first or b"") + file.readall()
        time.sleep(_PIPE_SECONDS / _PIPE_TRIES)
    raise ValueError("a pipe that nobody writes to")


def _parse(content: bytes, *, lines: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return header and records, the header not checked yet.

    Raises:
        ShapeError: if there are none.
    """
    if not lines:
        header = parse_json(content)
        _REPORT(header, "report")
        return header, header.pop("images")
    # Only at newlines: a name may hold U+2028, which `splitlines` takes for the end of a line.
    values = [parse_json(line) for line in content.split(b"\n") if line.strip()]
    _LINES(values, "lines")
    headers = [value for value in values if "schema_version" in value]
    if not headers:
        raise ShapeError("it has no header line")
    return headers[-1], [value for value in values if "schema_version" not in value]
