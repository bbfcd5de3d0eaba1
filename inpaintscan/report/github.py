"""GitHub workflow commands: an annotation a finding, an error an image that could not be read."""

from __future__ import annotations

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.plain import boxes_text, stated_text
from inpaintscan.report.record import Written
from inpaintscan.report.run import RunSummary
from inpaintscan.report.text import percent, printable


class GithubWriter(Writer):
    """Writes only what counts: findings by `--fail-on` and errors."""

    def add(self, finding: Finding, written: Written) -> None:
        """Write one annotation, or nothing."""
        if finding.verdict == "error":
            self._annotate("error", finding, "cannot be read", finding.error or "unreadable")
        elif self._header.is_finding(finding):
            kinds = ", ".join(self._header.kinds(finding))
            self._annotate("warning", finding, kinds, finding_message(finding))

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Say it if the scan was cut short."""
        for item in summary.unread:
            file = _property(printable(item.path))
            text = _data(printable(item.reason))
            self._stream.write(f"::notice file={file},title=inpaintscan%3A not read::{text}\n")
        if not complete:
            note = f"incomplete: the scan was interrupted after {summary.images} images"
            self._stream.write(f"::error title=inpaintscan::{note}\n")
        self._stream.flush()

    def _annotate(self, level: str, finding: Finding, what: str, message: str) -> None:
        file = _property(printable(finding.path))
        title = _property(f"inpaintscan: {what}")
        self._stream.write(f"::{level} file={file},title={title}::{_data(printable(message))}\n")
        self._stream.flush()


def finding_message(finding: Finding) -> str:
    """Return one sentence that says what was found, how sure, and where."""
    score = 0.0 if finding.score is None else finding.score
    if finding.verdict == "generated":
        text = f"the whole image looks generated, score {score:.2f}"
    else:
        found = finding.verdict != "clean"
        area = f", {percent(finding.area)} of its area" if found and finding.area else ""
        text = f"looks {finding.verdict}, score {score:.2f}{area}"
        if finding.verdict == "unsure":
            text = f"may be inpainted or generated, score {score:.2f}{area}"
    boxes = boxes_text(finding)
    details = [stated_text(finding), text, f"boxes {boxes}" if boxes else "", *finding.reasons]
    return "; ".join(detail for detail in details if detail)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
