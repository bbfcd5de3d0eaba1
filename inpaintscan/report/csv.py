"""CSV: a header row, then one row per image; for `localize` one row per region.

Text that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO, Any, cast

from inpaintscan.findings import Finding
from inpaintscan.images.names import as_text_cell
from inpaintscan.report import Writer
from inpaintscan.report.record import COLUMNS, Written, flatten, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.text import printable

BOX_COLUMNS = (
    "image_id", "inpainted", "score", "xmin", "ymin", "xmax", "ymax",
    "area", "verdict", "reasons", "sha256", "width", "height", "error", "frame", "stated",
)  # fmt: skip
"""The columns of `localize`: those of the data-set layout first, so `train` and `eval` read it."""
_AS_THEY_ARE = ("verdict", "sha256", "width", "height", "error", "frame", "stated")


class CsvWriter(Writer):
    """Writes rows as they come; a report cut short ends in a row that says so under `error`."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._boxes = False
        self._terminal = stream.isatty()
        self._rows: csv.DictWriter[str]

    def start(self, header: RunHeader) -> None:
        """Write the header row."""
        super().start(header)
        self._boxes = header.command == "localize"
        columns = BOX_COLUMNS if self._boxes else COLUMNS
        lines = cast("IO[str]", _Lines(self._stream))
        self._rows = csv.DictWriter(lines, columns, lineterminator="\r\n", restval="")
        self._rows.writeheader()

    def add(self, finding: Finding, written: Written) -> None:
        """Write the rows of one finding."""
        record = to_record(finding, written)
        for row in box_rows(record) if self._boxes else [flatten(record)]:
            self._rows.writerow({name: self._cell(value) for name, value in row.items()})

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """End the report."""
        if not complete:
            note = f"incomplete: the scan was interrupted after {summary.images} images"
            self._rows.writerow({"error": note})

    def _cell(self, value: object) -> object:
        """Return text that no spreadsheet computes, and that a terminal can show."""
        if not isinstance(value, str):
            return value
        return as_text_cell(printable(value) if self._terminal else value)


class _Lines:
    r"""Ends lines in `\n`, where the csv module, to quote a `\r` in a name, has to write `\r\n`."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        """Write one row."""
        return self._stream.write(line.removesuffix("\r\n") + "\n")


def box_rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one row a region; for an image without regions one row whose box is all 0."""
    shared = {
        "image_id": record["path"],
        "inpainted": int(record["verdict"] == "inpainted"),
        "reasons": "; ".join(record["reasons"]),
        **{name: record[name] for name in _AS_THEY_ARE},
    }
    for region in record["regions"]:
        box = dict(zip(("xmin", "ymin", "xmax", "ymax"), region["box"], strict=True))
        yield {**shared, "score": region["score"], "area": region["area"], **box}
    if not record["regions"]:
        nowhere = dict.fromkeys(("xmin", "ymin", "xmax", "ymax"), 0)
        yield {**shared, "score": record["scores"]["inpainted"], "area": record["area"], **nowhere}
