"""JSON: one object, the records under `images`, one a line so that reports can be compared."""

from __future__ import annotations

from typing import IO

from inpaintscan.findings import Finding
from inpaintscan.report.record import Written, to_json, to_record
from inpaintscan.report.run import RunHeader, RunSummary


class JsonWriter:
    """Streams the object: header fields, `images`, then the totals."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._separator = "\n"

    def start(self, header: RunHeader) -> None:
        """Write the header's fields and open the list."""
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
