"""The report formats: one small writer per format, by file ending and by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from inpaintscan.findings import Finding
    from inpaintscan.report.record import Written
    from inpaintscan.report.run import RunHeader, RunSummary


class Writer(ABC):
    """Writes one report as the findings come, to a text stream.

    `finish` is called once whatever happens, with `complete=False` after an interruption or an
    internal error: the report must then be valid and say that it is partial.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._header: RunHeader

    def start(self, header: RunHeader) -> None:
        """Keep the header, and write what is known before the first image."""
        self._header = header

    @abstractmethod
    def add(self, finding: Finding, written: Written) -> None:
        """Write one finding; `written` holds the paths of its mask, heatmap and overlay."""

    @abstractmethod
    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write the totals."""


WRITERS: dict[str, str] = {
    ".json": "inpaintscan.report.json:JsonWriter",
    ".jsonl": "inpaintscan.report.json:JsonlWriter",
    ".csv": "inpaintscan.report.csv:CsvWriter",
    ".sarif": "inpaintscan.report.sarif:SarifWriter",
    ".html": "inpaintscan.report.html:HtmlWriter",
    ".xml": "inpaintscan.report.junit:JunitWriter",
    ".coco.json": "inpaintscan.report.coco:CocoWriter",
}
"""Report files, by ending."""

NEED_MAPS = frozenset({".coco.json", ".html"})
"""The endings of reports that show the probability map, not only the record."""

FORMATS: dict[str, str] = {
    "table": "inpaintscan.report.table:TableWriter",
    "plain": "inpaintscan.report.plain:PlainWriter",
    "json": "inpaintscan.report.json:JsonWriter",
    "jsonl": "inpaintscan.report.json:JsonlStream",
    "csv": "inpaintscan.report.csv:CsvWriter",
    "github": "inpaintscan.report.github:GithubWriter",
}
"""Standard output, by `--format`."""


def ending_of(name: str) -> str | None:
    """Return the longest ending, of `WRITERS`, that a report's file name has, or None."""
    found = [ending for ending in WRITERS if name.lower().endswith(ending)]
    return max(found, key=len, default=None)


def load_writer(target: str) -> type[Writer]:
    """Return the class that a value of `WRITERS` or `FORMATS` names."""
    module, _, name = target.partition(":")
    return cast("type[Writer]", getattr(import_module(module), name))
