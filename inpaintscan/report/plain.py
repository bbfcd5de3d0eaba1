"""Plain: one tab-separated line per image, for `cut`, `awk` and `grep`.

Columns: verdict, score, path, then for `localize` the boxes and for `segment` the mask's path, last
a note (`stated: ...` or `tampered: ...`, reasons, `known`, or the error). An unknown value is `-`.
"""

from __future__ import annotations

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.record import Written
from inpaintscan.report.run import RunSummary
from inpaintscan.report.text import printable


class PlainWriter(Writer):
    """Writes each line at once."""

    def add(self, finding: Finding, written: Written) -> None:
        """Write one line."""
        score = "-" if finding.score is None else f"{finding.score:.4f}"
        fields = [finding.verdict, score, printable(finding.path)]
        if self._header.command == "localize":
            fields.append(boxes_text(finding) or "-")
        if self._header.command == "segment":
            fields.append(printable(written.mask or "-"))
        fields.append(
            printable("; ".join(filter(None, (stated_text(finding), note_text(finding))))) or "-"
        )
        self._stream.write("\t".join(fields) + "\n")
        self._stream.flush()

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write a last comment line if the scan was cut short."""
        if not complete:
            self._stream.write(f"# incomplete: interrupted after {summary.images} images\n")
        self._stream.flush()


def boxes_text(finding: Finding) -> str:
    """Return the boxes as `xmin,ymin,xmax,ymax`, separated by blanks, best first."""
    boxes = finding.boxes
    return " ".join(f"{box.xmin},{box.ymin},{box.xmax},{box.ymax}" for box in boxes)


_STATED = {
    "generated": "stated: made by AI",
    "composite": "stated: composed with AI",
    "tampered": "tampered: its Content Credentials do not hold",
}


def stated_text(finding: Finding) -> str:
    """Return what the file says of itself, in a few words, or nothing."""
    return "" if finding.stated is None else _STATED[finding.stated]


def note_text(finding: Finding) -> str:
    """Return what else a person should know of a finding, in a few words."""
    notes = ["known: in the baseline"] if finding.known else []
    if finding.frame is not None:
        notes.insert(0, f"frame {finding.frame}")
    notes.extend(finding.reasons)
    notes.extend(f"{item.kind}: {item.value}" for item in finding.evidence)
    if finding.error is not None:
        notes.append(finding.error)
    return "; ".join(notes)
