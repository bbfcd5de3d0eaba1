"""JUnit XML: a test case per image; a finding fails it, an unreadable image is an error."""

from __future__ import annotations

import re
from datetime import datetime
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from inpaintscan.findings import Finding
from inpaintscan.report import Writer
from inpaintscan.report.github import finding_message
from inpaintscan.report.record import Written, to_json
from inpaintscan.report.run import RunSummary
from inpaintscan.report.target import Spool
from inpaintscan.report.text import printable

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitWriter(Writer):
    """Sets the cases aside and writes them below the suite, whose attributes are the totals."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._spool = Spool()
        self._failures = self._errors = self._known = 0

    def add(self, finding: Finding, written: Written) -> None:
        """Set one case aside."""
        name = finding.path if finding.frame is None else f"{finding.path} frame {finding.frame}"
        case = self._open_case(name)
        content = ""
        if finding.verdict == "error":
            self._errors += 1
            message = finding.error or "cannot be read"
            content = f"<error type={_attribute('error')} message={_attribute(message)}/>"
        elif self._header.is_finding(finding):
            self._failures += 1
            message = finding_message(finding)
            kind = _attribute(",".join(self._header.kinds(finding)))
            text = escape(_NO_XML.sub("\ufffd", f"{message}\nsha256 {finding.sha256}"))
            content = f"<failure type={kind} message={_attribute(message)}>{text}</failure>"
        elif finding.known:
            self._known += 1
            content = f"<skipped message={_attribute('known: in the baseline')}/>"
        self._spool.write(f"{case}>{content}</testcase>\n" if content else f"{case}/>\n")

    def finish(self, summary: RunSummary, *, complete: bool) -> None:
        """Write the suite and the cases."""
        if not complete:
            self._errors += 1
            note = f"incomplete: the scan was interrupted after {summary.images} images"
            self._spool.write(
                f"{self._open_case('scan')}>"
                f"<error type={_attribute('incomplete')} message={_attribute(note)}/></testcase>\n"
            )
        for item in summary.unread:
            message = _attribute(item.reason)
            self._spool.write(
                f"{self._open_case(item.path)}><skipped message={message}/></testcase>\n"
            )
        counts = {
            "name": self._class_name,
            "tests": summary.images + len(summary.unread) + (not complete),
            "failures": self._failures,
            "errors": self._errors,
            "skipped": self._known + len(summary.unread),
            "time": _seconds(self._header.started, summary.finished),
            "timestamp": self._header.started.removesuffix("Z"),
        }
        attributes = " ".join(f"{name}={_attribute(str(value))}" for name, value in counts.items())
        self._stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
        self._stream.write(f" <testsuite {attributes}>\n")
        self._write_properties(summary, complete=complete)
        for piece in self._spool.drain():
            self._stream.write(piece)
        self._stream.write(" </testsuite>\n</testsuites>\n")

    @property
    def _class_name(self) -> str:
        return f"inpaintscan.{self._header.command}"

    def _open_case(self, name: str) -> str:
        """Return the start of a case; its time must be there, but images share their batches."""
        return (
            f'  <testcase classname={_attribute(self._class_name)} name={_attribute(name)} time="0"'
        )

    def _write_properties(self, summary: RunSummary, *, complete: bool) -> None:
        facts = self._header.to_dict() | summary.to_dict(complete=complete)
        self._stream.write("  <properties>\n")
        for name, value in facts.items():
            if value is None:
                continue
            text = value if isinstance(value, str) else to_json(value)
            self._stream.write(f"   <property name={_attribute(name)} value={_attribute(text)}/>\n")
        self._stream.write("  </properties>\n")


def _seconds(started: str, finished: str) -> int:
    """Return the time between, 0 if the clock was set back."""
    passed = datetime.fromisoformat(finished) - datetime.fromisoformat(started)
    return max(0, int(passed.total_seconds()))


def _attribute(text: str) -> str:
    """Return text as a quoted attribute; what XML 1.0 cannot hold is shown as an escape."""
    return quoteattr(_NO_XML.sub("\ufffd", printable(text)))
