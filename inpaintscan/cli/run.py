"""One scan, from options to exit status: the same for `detect`, `localize` and `segment`."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from inpaintscan.cli.baseline import read_known
from inpaintscan.cli.cache import Cache
from inpaintscan.cli.findings import iterate_results
from inpaintscan.cli.inputs import read_paths
from inpaintscan.cli.interrupt import termination_as_interrupt
from inpaintscan.cli.outputs import OutputFolders, Outputs
from inpaintscan.cli.progress import ImageProgress
from inpaintscan.cli.reports import Reports
from inpaintscan.cli.settings import read_fail_on, read_settings, read_shard
from inpaintscan.cli.summary import exit_status, say, summary_text
from inpaintscan.errors import ExitStatus
from inpaintscan.findings import Finding
from inpaintscan.images import PLAIN_REASONS, ImageFile, find_images, in_shard, show_path
from inpaintscan.report import NEED_MAPS, ending_of
from inpaintscan.report.run import (
    RunHeader,
    Unread,
    finding_kinds,
    read_environment,
    utc_now,
    working_folder,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inpaintscan.cli.findings import Item
    from inpaintscan.cli.options import ScanOptions
    from inpaintscan.scan import Scanner


class Run:
    """What one run holds: checked options, files, cache, reports, outputs."""

    def __init__(
        self,
        command: str,
        options: ScanOptions,
        folders: OutputFolders,
        more_reports: Sequence[Path] = (),
    ) -> None:
        self._command = command
        self._options = options
        self._started = utc_now()
        self._settings = read_settings(options)
        self._fail_on = read_fail_on(options.fail_on)
        self._known = read_known(options.baseline, self._fail_on)
        self._scanner: Scanner | None = None
        self._skipped = 0
        self._incomplete = False
        self._unread: list[Unread] = []
        self._items = self._find()
        files = [item for item in self._items if isinstance(item, ImageFile)]
        shard = read_shard(options.shard)
        self._outputs = Outputs(files, folders, shard)
        self._items = [item for item in self._items if in_shard(_name(item), shard)]
        report_paths = [*(options.report or ()), *more_reports]
        self._cache: Cache | None = None
        has_page = any(path.suffix.lower() == ".html" for path in report_paths)
        self._keeps_content = has_page or folders.overlay is not None
        if options.cache is not None:
            needs_maps = bool(folders.all()) or any(
                ending_of(path.name) in NEED_MAPS for path in report_paths
            )
            self._cache = Cache(
                options.cache,
                self._settings,
                needs_maps=needs_maps,
                warn=_silent if options.quiet else say,
            )
        self._reports = Reports(report_paths, _format(options))

    def scan(self) -> ExitStatus:
        """Scan, write everything, and return how the command ends."""
        options = self._options
        wanted = not (options.quiet or options.no_progress)
        clock = time.monotonic()
        try:
            header = self._header(self._resolved_settings())
        except BaseException:
            self._reports.discard()
            raise
        complete = False
        status = ExitStatus.INTERRUPTED
        try:
            with (
                termination_as_interrupt() as asked,
                ImageProgress(len(self._items), wanted=wanted) as progress,
            ):
                self._reports.start(header)
                complete = self._add_all(progress, asked)
        except KeyboardInterrupt:
            pass
        finally:
            self._reports.summary.skipped = self._skipped
            self._reports.summary.unread = self._unread
            self._reports.finish(complete=complete)
        if complete:
            status = exit_status(self._reports.summary, exit_zero=options.exit_zero)
            if self._reports.failed or self._incomplete:
                status = ExitStatus.ERROR
        elif not self._reports.is_read:
            return ExitStatus.ERROR  # the reader of standard output left: nothing more to say
        if not options.quiet:
            seconds = time.monotonic() - clock
            say(summary_text(self._reports.summary, header, seconds, complete=complete))
        return status

    def _find(self) -> list[Item]:
        options = self._options

        def count(path: Path, reason: str) -> None:
            if reason == "not an image" or reason not in PLAIN_REASONS:
                self._skipped += 1
            if reason not in PLAIN_REASONS:
                self._unread.append(Unread(show_path(path), reason))
            if options.verbose:
                say(f"skipped {show_path(path)}: {reason}")

        items = list(
            find_images(
                read_paths(options),
                include=options.include or (),
                exclude=options.exclude or (),
                on_skip=count,
                on_warning=say,
            )
        )
        if not items and not options.quiet:
            say("no images were found to scan")
        return items

    def _add_all(self, progress: ImageProgress, asked: list[int]) -> bool:
        """Pass every finding to outputs and reports; return whether all were passed.

        Raises:
            KeyboardInterrupt: if termination was `asked` for and nothing else has ended the scan.
        """
        done: set[str] = set()
        results = iterate_results(
            self._items,
            self._cache,
            self._open_scanner,
            rules=self._settings.rules,
            keep_content=self._keeps_content,
        )
        with closing(results):
            for file, result in results:
                finding = result
                counts = set(finding_kinds(finding)) & set(self._fail_on)
                if counts and finding.sha256 in self._known:
                    finding = replace(finding, known=True)
                written, problems = self._outputs.write(file, finding)
                for problem in problems:
                    say(f"{finding.path}: {problem}")
                finding = replace(finding, reasons=(*finding.reasons, *problems))
                self._incomplete |= bool(problems)
                self._reports.add(finding, written)
                self._complain(finding)
                if not self._reports.is_read:
                    return False
                done.add(finding.path)
                progress.show(len(done))
                if asked:
                    raise KeyboardInterrupt
        return True

    def _complain(self, finding: Finding) -> None:
        shown = self._reports.format == "table" and self._reports.stdout.isatty()
        if finding.verdict == "error" and not self._options.quiet and not shown:
            text = finding.error or "cannot be read"
            say(text if finding.path in text else f"{finding.path}: {text}")

    def _open_scanner(self) -> Scanner:
        if self._scanner is None:
            from inpaintscan.scan import load

            settings = self._settings
            self._scanner = load(
                str(settings.model_path),
                device=settings.device,
                precision=settings.precision,
                batch_size=settings.batch_size,
                workers=settings.workers,
                fpr=settings.fpr,
                threshold=settings.threshold,
                frames=settings.frames,
                max_pixels=settings.rules.max_pixels,
                strict=settings.rules.strict,
                trust_list=settings.trust_list,
            )
        return self._scanner

    def _resolved_settings(self) -> dict[str, Any]:
        """Return what the scanner resolved, from the cache if that has such entries."""
        resolved = None if self._cache is None else self._cache.read_resolved()
        if resolved is None and any(isinstance(item, ImageFile) for item in self._items):
            resolved = self._open_scanner().settings()
            if self._cache is not None:
                self._cache.write_resolved(resolved)
        return resolved or self._settings.deciding()

    def _header(self, resolved: dict[str, Any]) -> RunHeader:
        options = self._options
        table = self._settings.limits()
        limits = table.default
        given = {
            "unsure_thresholds": {name: limit.unsure for name, limit in limits.items()},
            "carrier_thresholds": table.reported_by_carrier(),
            "paths": options.paths or [],
            "frames": options.frames.value,
            "threshold": options.threshold,
            "fpr": options.fpr,
            "include": options.include or [],
            "exclude": options.exclude or [],
            "shard": options.shard,
            "trust_list": None if options.trust_list is None else str(options.trust_list),
            "baseline": None if options.baseline is None else str(options.baseline),
        }
        return RunHeader(
            command=self._command,
            model=self._settings.card.name,
            model_sha256=self._settings.model_sha256,
            threshold={name: limit.report for name, limit in limits.items()},
            settings=resolved | given,
            started=self._started,
            fail_on=self._fail_on,
            environment=read_environment(),
            case=options.case,
            examiner=options.examiner,
            folder=working_folder(),
        )


def run_scan(
    command: str,
    options: ScanOptions,
    folders: OutputFolders | None = None,
    more_reports: Sequence[Path] = (),
) -> ExitStatus:
    """Run `detect`, `localize` or `segment` and return how it ends.

    Raises:
        InpaintscanError: for what the user has to change before a scan can begin.
    """
    return Run(command, options, folders or OutputFolders(), more_reports).scan()


def _format(options: ScanOptions) -> str | None:
    return None if options.format is None else options.format.value


def _silent(_text: str) -> None:
    """Warn of nothing."""


def _name(item: Item) -> str:
    return item.name if isinstance(item, ImageFile) else item.path
