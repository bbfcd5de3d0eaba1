"""Table: aligned and coloured lines for a person at a terminal, written as the images are done."""

from __future__ import annotations

import os
import shutil
from typing import IO

from inpaintscan.findings import Finding, Region
from inpaintscan.report import Writer
from inpaintscan.report.plain import note_text, stated_text
from inpaintscan.report.record import Written
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.text import cells, percent, printable, wrap

_COLOURS = {
    "clean": "32", "unsure": "33", "inpainted": "1;31", "generated": "1;35", "error": "1;37;41",
}  # fmt: skip
_STATED_COLOUR = "1;36"
_DIM = "2"
_INDENT = 27
"""Columns before the path."""
_LEAST_ROOM = 12


class TableWriter(Writer):
    """Writes a heading, then a line per image; under it, for `localize`, a line per box."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._colour = wants_colour(stream)
        self._width = shutil.get_terminal_size().columns if stream.isatty() else None

    def start(self, header: RunHeader) -> None:
        """Write the heading."""
        super().start(header)
        self._line(self._paint(f"{'VERDICT':<11}{'SCORE':>5}  {'AREA':>7}  PATH", "1"))

    def add(self, finding: Finding, written: Written) -> None:
        """Write the lines of one finding."""
        verdict = self._paint(f"{finding.verdict:<11}", _COLOURS[finding.verdict])
        score = "-" if finding.score is None else f"{finding.score:.2f}"
        area = percent(finding.area) if finding.area else "-"
        places = self._fold(printable(finding.path))
        lines = [f"{verdict}{score:>5}  {area:>7}  {places[0]}"]
        lines += [f"{'':<{_INDENT}}{part}" for part in places[1:]]
        last = places[-1]
        for text, colour in ((stated_text(finding), _STATED_COLOUR), (note_text(finding), _DIM)):
            note = printable(text)
            if note and self._fits(f"{last}  {note}"):
                lines[-1] += self._paint(f"  {note}", colour)
                last += f"  {note}"
            elif note:
                parts = self._fold(note)
                lines += [f"{'':<{_INDENT}}" + self._paint(part, colour) for part in parts]
                last = parts[-1]
        self._line("\n".join(lines))
        if self._header.command == "localize":
            for region in finding.regions:
                self._line(self._box_line(region))
        if self._header.command == "segment" and written.mask is not None:
            for part in self._fold(f"-> {printable(written.mask)}"):
                self._line(f"{'':<{_INDENT}}" + self._paint(part, _DIM))

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Say it if the scan was cut short; the totals stand on standard error."""
        if not complete:
            self._line(self._paint(f"incomplete: interrupted after {summary.images} images", "33"))

    def _box_line(self, region: Region) -> str:
        box = region.box
        corners = self._fold(f"  ({box.xmin}, {box.ymin}) to ({box.xmax}, {box.ymax})")
        shown = f"\n{'':<{_INDENT}}".join(self._paint(part, "36") for part in corners)
        return f"{'':<11}{region.score:>5.2f}  {percent(region.area):>7}  {shown}"

    def _fits(self, text: str) -> bool:
        return self._width is None or cells(text) <= max(self._width - _INDENT, _LEAST_ROOM)

    def _fold(self, text: str) -> list[str]:
        """Return text in lines that fit beside the columns, so that none begins below the first."""
        if self._width is None or self._fits(text):
            return [text]
        return wrap(text, max(self._width - _INDENT, _LEAST_ROOM), keep_blanks=True)

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def wants_colour(stream: IO[str]) -> bool:
    """Whether to colour: a terminal that can, and no `NO_COLOR` (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return stream.isatty() and os.environ.get("TERM") != "dumb"
