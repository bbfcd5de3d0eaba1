"""Earlier reports, read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_report(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header (with totals) and the records of a `.json` or `.jsonl` report.

    Raises:
        UsageError: if it cannot be read, or is no report of this schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".jsonl":
            header, records = _split_lines([json.loads(line) for line in text.splitlines() if line])
        else:
            header = json.loads(text)
            records = header.pop("images")
        major = str(header["schema_version"]).partition(".")[0]
    except OSError as error:
        raise UsageError(f"{path}: cannot read report: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a .json or .jsonl report of inpaintscan") from error
    if major not in {"1", "2"} or not isinstance(records, list):
        raise UsageError(f"{path}: a report of another schema ({header['schema_version']})")
    return header, records


def read_known(path: Path | None, fail_on: Sequence[str]) -> frozenset[str]:
    """Return the sha256 of every image that is a finding in the earlier report.

    Raises:
        UsageError: if it is no report.
    """
    if path is None:
        return frozenset()
    _, records = read_report(path)
    try:
        found = {record["sha256"] for record in records if _is_finding(record, fail_on)}
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path}: not a report of inpaintscan") from error
    return frozenset(found - {None})


def _is_finding(record: dict[str, Any], fail_on: Sequence[str]) -> bool:
    """Tell whether a record counted; those of schema 1 do not have what the file states."""
    stated = record.get("stated")
    statement = "stated" if stated in {"generated", "composite"} else stated
    return record["verdict"] in fail_on or statement in fail_on


def _split_lines(lines: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Tell header lines (the last one is right) from records."""
    headers = [line for line in lines if "schema_version" in line]
    return headers[-1], [line for line in lines if "schema_version" not in line]
