"""Markdown: the outcome and the findings on one short page, for the summary of a GitHub step."""

from __future__ import annotations

import re
from typing import IO

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.plain import note_text, stated_text
from inpaintscan.report.record import Written
from inpaintscan.report.run import RunSummary
from inpaintscan.report.text import percent, printable
from inpaintscan.report.words import limits_text

MAX_ROWS = 200
"""Most findings, and most unreadable files, that the page lists: GitHub takes one mebibyte."""
_LONGEST = 300
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~&<>@:])")


class MarkdownWriter(Writer):
    """Keeps the first findings and errors, and writes the page at the end."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._rows: list[str] = []
        self._errors: list[str] = []

    def add(self, finding: Finding, written: Written) -> None:
        """Keep one finding or error, if it is to be listed."""
        if finding.verdict == "error":
            if len(self._errors) < MAX_ROWS:
                error = finding.error or "cannot be read"
                self._errors.append(f"- {cell(finding.path)}: {cell(error)}\n")
        elif self._header.is_finding(finding) and len(self._rows) < MAX_ROWS:
            score = "" if finding.score is None else f"{finding.score:.2f}"
            area = "" if finding.area is None else percent(finding.area)
            notes = "; ".join(filter(None, (stated_text(finding), note_text(finding))))
            cells = (finding.verdict, score, area, cell(finding.path), cell(notes))
            self._rows.append(f"| {' | '.join(cells)} |\n")

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write the page."""
        write, header = self._stream.write, self._header
        write(f"## inpaintscan: {_outcome(summary, complete=complete)}\n\n")
        if header.case or header.examiner:
            named = (("Case", header.case), ("examiner", header.examiner))
            write(", ".join(f"{name} {cell(text)}" for name, text in named if text) + "\n\n")
        kinds = summary.counts | {"stated": summary.stated, "tampered": summary.tampered}
        counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
        write(f"{summary.images:,} images{f': {counts}' if counts else ''}.")
        write(f"{f' {summary.known:,} known.' if summary.known else ''}\n\n")
        if self._rows:
            write("| verdict | score | area | file | notes |\n| --- | ---: | ---: | --- | --- |\n")
            write("".join(self._rows) + "\n")
            _say_rest(self._stream, summary.findings - len(self._rows), "findings")
        if self._errors:
            write("Not read:\n\n" + "".join(self._errors) + "\n")
            _say_rest(self._stream, summary.counts["error"] - len(self._errors), "files")
        if summary.unread:
            write("Pictures that are not read:\n\n")
            for item in summary.unread[:MAX_ROWS]:
                write(f"- {cell(item.path)}: {cell(item.reason)}\n")
            write("\n")
            _say_rest(self._stream, len(summary.unread) - MAX_ROWS, "pictures")
        write(f"Model {cell(header.model)}; {limits_text(header)}. A score is a lead for a person ")
        write("who looks, not a proof; clean means that nothing was found.\n\n")


def cell(text: str) -> str:
    """Return text that Markdown shows as it is, in one cell of a table, not too long."""
    shown = printable(text)
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1]}…"
    return _SPECIAL.sub(r"\\\1", shown)


def _outcome(summary: RunSummary, *, complete: bool) -> str:
    if not complete:
        return "incomplete, the scan was interrupted"
    found = "no finding" if not summary.findings else f"{summary.findings:,} finding"
    found += "s" if summary.findings > 1 else ""
    errors = summary.counts["error"]
    return f"{found}, {errors:,} not read" if errors else found


def _say_rest(stream: IO[str], number: int, noun: str) -> None:
    if number > 0:
        stream.write(f"and {number:,} more {noun}; the reports list them all.\n\n")
