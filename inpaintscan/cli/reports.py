"""All reports of one run, written side by side, with the totals counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from inpaintscan.cli.interrupt import undisturbed
from inpaintscan.errors import UsageError
from inpaintscan.report import FORMATS, WRITERS, load_writer
from inpaintscan.report.run import RunSummary, utc_now
from inpaintscan.report.target import ReportFile, StandardOutput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    from inpaintscan.findings import Finding
    from inpaintscan.report import Writer
    from inpaintscan.report.record import Written
    from inpaintscan.report.run import RunHeader


class Reports:
    """Standard output and report files. An interruption waits until a record is whole."""

    def __init__(self, paths: Sequence[Path], format_name: str | None) -> None:
        classes = [load_writer(report_target(path)) for path in paths]
        if len(set(paths)) < len(paths):
            raise UsageError("--report: the same file twice")
        self.stdout = StandardOutput()
        self.format = format_name or ("table" if self.stdout.isatty() else "plain")
        self.summary = RunSummary()
        self._header: RunHeader
        self._files: list[ReportFile] = []
        self._writers: list[Writer] = []
        try:
            for path, make in zip(paths, classes, strict=True):
                self._files.append(ReportFile(path))
                self._writers.append(make(self._files[-1].stream))
        except BaseException:
            self.discard()
            raise
        stdout = cast("IO[str]", self.stdout)
        self._writers.append(load_writer(FORMATS[self.format])(stdout))

    @property
    def is_read(self) -> bool:
        """Whether anyone still gets the results: a file, or a reader of standard output."""
        return bool(self._files) or not self.stdout.closed

    def start(self, header: RunHeader) -> None:
        """Begin every report."""
        self._header = header
        with undisturbed():
            for writer in self._writers:
                writer.start(header)

    def add(self, finding: Finding, written: Written) -> None:
        """Count one finding and write it to every report."""
        with undisturbed():
            self.summary.count(finding, self._header)
            for writer in self._writers:
                writer.add(finding, written)

    def finish(self, *, complete: bool, finished: str | None = None) -> None:
        """Write the totals and give the report files their names.

        Raises:
            UsageError: if they cannot be written, for example because the disk is full.
        """
        self.summary.finished = finished or utc_now()
        with undisturbed():
            try:
                for writer in self._writers:
                    writer.finish(self.summary, complete=complete)
                self.stdout.flush()
                for file in self._files:
                    file.commit()
            except OSError as error:
                self.discard()
                raise UsageError(f"cannot write the reports: {error.strerror or error}") from error

    def discard(self) -> None:
        """Leave no report behind: the run ended before its first record."""
        for file in self._files:
            file.discard()


def report_target(path: Path) -> str:
    """Return the writer for a report file's ending.

    Raises:
        UsageError: for an ending that is no report format.
    """
    target = WRITERS.get(path.suffix.lower())
    if target is None:
        raise UsageError(f"--report {path}: the ending must be one of {' '.join(WRITERS)}")
    return target
