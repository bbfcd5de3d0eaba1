"""What a report holds, checked when one is read back: somebody else may have written it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import get_args

from inpaintscan.errors import DataError
from inpaintscan.findings import VERDICTS, Signature, Stated
from inpaintscan.shapes import (
    Shape,
    ShapeError,
    either,
    list_of,
    mapping_of,
    nothing,
    nullable,
    number,
    one_of,
    table,
    text,
    truth,
    whole,
)

_SHARE = number(0, 1)
_COUNT = whole(0, 2**53)
_SIDE = whole(0, 2**31)
_SIGNATURE = nullable(one_of(*get_args(Signature)))
_SCORES = mapping_of(_SHARE, most=100)
_WORD = text(200)
_TEXT = text()
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def _moment(value: object, where: str) -> None:
    """Check that a value is a time as reports write it."""
    _WORD(value, where)
    found = _MOMENT.fullmatch(str(value))
    try:
        datetime.fromisoformat(found[0] if found else "")
    except ValueError as error:
        raise ShapeError(f"{where} is no time in UTC") from error


def _name(value: object, where: str) -> None:
    """Check that a value is text that a file's name can be made of, in any bytes."""
    _TEXT(value, where)
    try:
        str(value).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ShapeError(f"{where} is no name of a file") from error


_FIELDS: dict[str, Shape] = {
    "path": _name,
    "sha256": nullable(_WORD),
    "bytes": nullable(_COUNT),
    "format": nullable(_WORD),
    "width": nullable(_SIDE),
    "height": nullable(_SIDE),
    "verdict": one_of(*VERDICTS),
    "reasons": list_of(_TEXT),
    "scores": either(
        "two scores or twice null",
        table({"inpainted": _SHARE, "generated": _SHARE}),
        table(dict.fromkeys(("inpainted", "generated"), nothing)),
    ),
    "area": nullable(_SHARE),
    "regions": list_of(
        table({"score": _SHARE, "area": _SHARE, "box": list_of(_SIDE, most=4, least=4)})
    ),
    "mask": nullable(_name),
    "heatmap": nullable(_name),
    "overlay": nullable(_name),
    "evidence": list_of(
        table({"kind": _WORD, "value": _TEXT, "where": _TEXT}, {"signature": _SIGNATURE}, more=True)
    ),
    "error": nullable(_TEXT),
    "frame": nullable(_COUNT),
    "mask_sha256": nullable(_WORD),
    "known": truth,
}
_STATEMENT = {"stated": nullable(one_of(*get_args(Stated)))}
_RECORD = table(_FIELDS | _STATEMENT, more=True)
_FIRST_RECORD = table(_FIELDS, _STATEMENT, more=True)
"""Of schema 1, which lacks what the file states of itself."""
_HEADER = table(
    {
        "schema_version": _WORD,
        "version": _WORD,
        "command": one_of("detect", "localize", "segment"),
        "model": table({"name": _WORD, "sha256": _WORD}, more=True),
        "threshold": _SCORES,
        "settings": table(
            {},
            {
                "shard": nullable(_WORD),
                "unsure_thresholds": _SCORES,
                "carrier_thresholds": mapping_of(_SCORES, most=100),
            },
            more=True,
        ),
        "environment": mapping_of(_WORD, most=1000),
        "started": _moment,
    },
    {
        "case": nullable(_TEXT),
        "examiner": nullable(_TEXT),
        "finished": _moment,
        "counts": table({"skipped": _COUNT}, more=True),
        "skipped": list_of(table({"path": _name, "reason": _TEXT}, more=True)),
        "complete": truth,
    },
    more=True,
)


def check_record(record: object, *, has_statement: bool = True) -> None:
    """Check that a value is a record, with every field of its type.

    Records of schema 1 do not have what the file states.

    Raises:
        DataError: naming the first that is not.
    """
    _check(_RECORD if has_statement else _FIRST_RECORD, record, "record")


def check_header(header: object) -> None:
    """Check that a value is what a report says of its run.

    Raises:
        DataError: naming the first field that is not.
    """
    _check(_HEADER, header, "report")


def _check(shape: Shape, value: object, where: str) -> None:
    try:
        shape(value, where)
    except ShapeError as error:
        raise DataError(f"not a {where} of inpaintscan ({error})") from error
