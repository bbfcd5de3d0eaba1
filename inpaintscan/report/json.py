"""JSON: one object, the records under `images`, one a line so that reports can be compared.

JSON lines: a header line about the run, then one record per line. A report file has the finished
header (with counts and end time) as its first line. Standard output cannot know them at the start,
so there the finished header comes again as the last line: of the lines that hold `schema_version`,
the last one is right, and every other line is an image.
"""

from __future__ import annotations

from typing import IO, Any

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.record import Written, to_json, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.target import Spool


class JsonWriter(Writer):
    """Streams the object: header fields, `images`, then the totals."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._separator = "\n"

    def start(self, header: RunHeader) -> None:
        """Write the header's fields and open the list."""
        super().start(header)
        self._stream.write("{\n")
        for name, value in header.to_dict().items():
            self._stream.write(f"{to_json(name)}: {to_json(value)},\n")
        self._stream.write('"images": [')

    def add(self, finding: Finding, written: Written) -> None:
        """Write one record."""
        self._stream.write(self._separator + to_json(to_record(finding, written)))
        self._separator = ",\n"

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Close the list and write the totals."""
        totals = summary.to_dict(complete=complete)
        self._stream.write("\n],\n")
        self._stream.write(",\n".join(f"{to_json(k)}: {to_json(v)}" for k, v in totals.items()))
        self._stream.write("\n}\n")


class JsonlWriter(Writer):
    """Sets the records aside and writes them below the finished header."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._spool = Spool()

    def add(self, finding: Finding, written: Written) -> None:
        """Set one record aside."""
        self._spool.write(to_json(to_record(finding, written)) + "\n")

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write header and records."""
        finished = self._header.to_dict() | summary.to_dict(complete=complete)
        self._stream.write(to_json(finished) + "\n")
        for piece in self._spool.drain():
            self._stream.write(piece)


class JsonlStream(Writer):
    """Writes every record at once, for a reader at the other end of a pipe."""

    def start(self, header: RunHeader) -> None:
        """Write what is known so far."""
        super().start(header)
        self._write(header.to_dict())

    def add(self, finding: Finding, written: Written) -> None:
        """Write one record and push it out."""
        self._write(to_record(finding, written))

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write the finished header."""
        self._write(self._header.to_dict() | summary.to_dict(complete=complete))

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(to_json(line) + "\n")
        self._stream.flush()
