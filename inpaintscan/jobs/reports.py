"""All reports of one run, written side by side, with the totals counted once."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from inpaintscan.errors import UsageError
from inpaintscan.files import ENCODING_ERRORS
from inpaintscan.findings import Finding
from inpaintscan.jobs.interrupt import undisturbed
from inpaintscan.jobs.messages import say
from inpaintscan.report import FORMATS, WRITERS, Writer, ending_of, load_writer
from inpaintscan.report.markdown import MarkdownWriter
from inpaintscan.report.record import Written
from inpaintscan.report.run import RunHeader, RunSummary, utc_now
from inpaintscan.report.target import ReportFile, StandardOutput

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file behind the summary page of a step on GitHub."""


@dataclass(slots=True)
class _Report:
    """One report: what writes it, and where to."""

    writer: Writer
    name: str
    file: ReportFile | None = None
    failed: bool = False


class StepSummary(io.StringIO):
    """Text that is appended to the step's page at the end of the run."""

    def append(self) -> None:
        """Append the text; a page that cannot be written is no reason to fail."""
        try:
            path = Path(os.environ[STEP_SUMMARY])
            with path.open("a", encoding="utf-8", errors=ENCODING_ERRORS) as file:
                file.write(self.getvalue())
        except OSError as error:
            say(f"{STEP_SUMMARY}: the summary cannot be written: {error.strerror or error}")


class Reports:
    """Standard output and report files. An interruption waits until a record is whole.

    Each report is on its own: one that cannot be written, because its disk is full, say, is given
    up with a line on standard error, and the others are written.
    """

    def __init__(
        self, paths: Sequence[Path], format_name: str | None, show: str | None = None
    ) -> None:
        classes = [load_writer(report_target(path)) for path in paths]
        if len(set(paths)) < len(paths):
            raise UsageError("--report: the same file twice")
        self.stdout = StandardOutput()
        self.format = format_name or ("table" if self.stdout.isatty() else "plain")
        self._shows_all = (show or ("findings" if self.format == "github" else "all")) == "all"
        self.summary = RunSummary()
        self._header: RunHeader
        self._reports: list[_Report] = []
        try:
            for path, make in zip(paths, classes, strict=True):
                file = ReportFile(path)
                self._reports.append(_Report(make(file.stream), str(path), file))
        except BaseException:
            self.discard()
            raise
        stdout = cast("IO[str]", self.stdout)
        shown = load_writer(FORMATS[self.format])(stdout)
        self._reports.append(_Report(shown, "standard output"))
        self._step = StepSummary() if os.environ.get(STEP_SUMMARY) else None
        if self._step is not None:
            self._reports.append(_Report(MarkdownWriter(self._step), "the step summary"))

    @property
    def is_read(self) -> bool:
        """Whether anyone still gets the results: a file, or a reader of standard output."""
        return not self.stdout.closed or any(
            one.file is not None and not one.failed for one in self._reports
        )

    @property
    def failed(self) -> bool:
        """Whether a report could not be written; a reader that left does not count."""
        return any(one.failed for one in self._reports)

    def start(self, header: RunHeader) -> None:
        """Begin every report."""
        self._header = header
        with undisturbed():
            self._each(lambda one: one.writer.start(header))

    def add(self, finding: Finding, written: Written) -> None:
        """Count one finding and write it to every report."""
        with undisturbed():
            self.summary.count(finding, self._header)
            shown = self._shows_all or self._header.is_finding(finding)
            shown = shown or finding.verdict == "error"
            self._each(lambda one: one.writer.add(finding, written) if one.file or shown else None)

    def finish(self, *, complete: bool, finished: str | None = None) -> None:
        """Write the totals and give the report files their names."""
        self.summary.finished = finished or utc_now()

        def end(one: _Report) -> None:
            one.writer.finish(self.summary, complete=complete)
            if one.file is None:
                self.stdout.flush()
            else:
                one.file.commit()

        with undisturbed():
            self._each(end)
            if self._step is not None:
                self._step.append()

    def discard(self) -> None:
        """Leave no report behind: the run ended before its first record."""
        for one in self._reports:
            if one.file is not None:
                one.file.discard()

    def _each(self, act: Callable[[_Report], None]) -> None:
        """Do something to every report that can still be written."""
        for one in self._reports:
            if one.failed:
                continue
            try:
                act(one)
            except OSError as error:
                one.failed = True
                if one.file is not None:
                    one.file.discard()
                say(f"{one.name}: cannot write the report: {error.strerror or error}")


def report_target(path: Path) -> str:
    """Return the writer for a report file's ending.

    Raises:
        UsageError: for an ending that is no report format.
    """
    ending = ending_of(path.name)
    if ending is None:
        raise UsageError(f"--report {path}: the ending must be one of {' '.join(WRITERS)}")
    return WRITERS[ending]
