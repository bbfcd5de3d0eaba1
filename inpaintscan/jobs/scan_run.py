"""One scan, from options to exit status: the same for `detect`, `localize` and `segment`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inpaintscan.cluster.uris import RemoteFile
from inpaintscan.errors import ExitStatus
from inpaintscan.findings import Finding
from inpaintscan.images import PLAIN_REASONS, ImageFile, find_images, in_shard, show_path
from inpaintscan.jobs.baseline import read_known
from inpaintscan.jobs.cache import Cache
from inpaintscan.jobs.cached_scan import Item, iterate_results
from inpaintscan.jobs.inputs import read_paths
from inpaintscan.jobs.interrupt import termination_as_interrupt
from inpaintscan.jobs.messages import Progress, exit_status, say, silent, summary_text, unseen
from inpaintscan.jobs.outputs import OutputFolders, Outputs
from inpaintscan.jobs.reports import Reports
from inpaintscan.jobs.scan_options import Engine, ScanOptions
from inpaintscan.jobs.scan_settings import read_settings, to_header
from inpaintscan.report import NEED_MAPS, ending_of
from inpaintscan.report.run import Unread, finding_kinds, utc_now
from inpaintscan.scan import Scanner

if TYPE_CHECKING:
    from inpaintscan.cluster.spool import Spool
    from inpaintscan.jobs.ray_scan import RayScanner


class Run:
    """What one run holds: checked options, files, cache, reports, outputs."""

    def __init__(
        self,
        command: str,
        options: ScanOptions,
        folders: OutputFolders,
        more_reports: Sequence[Path] = (),
        engine: Engine = "local",
        progress: Progress = unseen,
    ) -> None:
        self._engine = engine
        self._progress = progress
        self._command = command
        self._options = options
        self._started = utc_now()
        self._settings = read_settings(options)
        self._known = read_known(options.baseline, options.fail_on)
        self._scanner: Scanner | RayScanner | None = None
        self._skipped = 0
        self._incomplete = False
        self._said: set[str] = set()
        self._unread: list[Unread] = []
        self._items = self._hold(self._find())
        if not self._items and not options.quiet:
            say("no images were found to scan")
        written = self._items if folders.all() else ()
        files = [item for item in written if isinstance(item, ImageFile)]
        self._outputs = Outputs(files, folders, options.shard)
        if options.shard is not None:
            self._items = self._hold(i for i in self._items if in_shard(_name(i), options.shard))
        report_paths = [*options.report, *more_reports]
        self._cache: Cache | None = None
        has_page = any(path.suffix.lower() == ".html" for path in report_paths)
        self._keeps_content = has_page or folders.overlay is not None
        self._needs_maps = bool(folders.all()) or any(
            ending_of(path.name) in NEED_MAPS for path in report_paths
        )
        if options.cache is not None:
            self._cache = Cache(
                options.cache.absolute() if engine == "ray" else options.cache,
                self._settings,
                needs_maps=self._needs_maps,
                warn=silent if options.quiet else say,
            )
        self._reports = Reports(report_paths, options.format, options.show)

    def scan(self) -> ExitStatus:
        """Scan, write everything, and return how the command ends."""
        options = self._options
        clock = time.monotonic()
        try:
            self._complain_early()
            resolved = self._resolved_settings()
            if options.verbose:
                self._describe(resolved)
            header = to_header(self._command, self._settings, resolved, self._started)
        except BaseException:
            self._reports.discard()
            raise
        complete = False
        status = ExitStatus.INTERRUPTED
        try:
            with termination_as_interrupt() as asked, self._progress(len(self._items)) as show:
                self._reports.start(header)
                complete = self._add_all(show, asked)
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

    def _find(self) -> Iterator[Item]:
        options = self._options

        def count(path: Path, reason: str) -> None:
            if reason == "not an image" or reason not in PLAIN_REASONS:
                self._skipped += 1
            if reason not in PLAIN_REASONS:
                self._unread.append(Unread(show_path(path), reason))
            if options.verbose:
                say(f"skipped: {show_path(path)}: {reason}")

        paths, include, exclude = read_paths(options), options.include, options.exclude
        if self._engine == "ray":
            from inpaintscan.jobs.ray_scan import find_items

            return find_items(paths, include, exclude, count, say)
        return find_images(paths, include=include, exclude=exclude, on_skip=count, on_warning=say)

    def _hold(self, items: Iterable[Item]) -> list[Item] | Spool:
        """Keep the items of the run: in memory, or where they may be very many, on disk."""
        if self._engine == "ray":
            from inpaintscan.cluster.spool import Spool

            return Spool(items)
        return list(items)

    def _add_all(self, show: Callable[[int], object], asked: list[int]) -> bool:
        """Pass every finding to outputs and reports; return whether all were passed.

        Raises:
            KeyboardInterrupt: if termination was `asked` for and nothing else has ended the scan.
        """
        done = 0
        results = iterate_results(
            self._items,
            None if self._engine == "ray" else self._cache,  # there each worker has it
            self._open_scanner,
            rules=self._settings.rules,
            keep_content=self._keeps_content,
        )
        with closing(results):
            for file, result in results:
                finding = result
                counts = set(finding_kinds(finding)) & set(self._options.fail_on)
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
                done += not finding.frame  # not for each later frame of the same file
                show(done)
                if asked:
                    raise KeyboardInterrupt
        return True

    def _complain_early(self) -> None:
        """Say which of the named paths cannot be opened, before the model takes its time."""
        for item in () if self._options.quiet else self._items:
            if isinstance(item, Finding | RemoteFile) or not item.named:
                continue
            try:
                item.path.stat()
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                say(f"{item.name}: {why}")
                self._said.add(item.name)

    def _describe(self, resolved: dict[str, Any]) -> None:
        settings = self._settings
        say(f"weights {settings.card.name}: {settings.model_path}, sha256 {settings.model_sha256}")
        scores = settings.limits().default
        limits = ", ".join(f"{name} {limit.report:g}" for name, limit in scores.items())
        say(f"reported from: {limits}")
        say(f"device {resolved['device']}, precision {resolved['precision']}")

    def _complain(self, finding: Finding) -> None:
        if finding.path in self._said:
            return
        shown = self._reports.format == "table" and self._reports.stdout.isatty()
        if finding.verdict == "error" and not self._options.quiet and not shown:
            text = finding.error or "cannot be read"
            say(text if finding.path in text else f"{finding.path}: {text}")

    def _open_scanner(self) -> Scanner | RayScanner:
        settings = self._settings
        if self._scanner is None and self._engine == "ray":
            from inpaintscan.jobs.ray_scan import RayScanner

            self._scanner = RayScanner(
                settings,
                self._cache,
                needs_maps=self._needs_maps,
                keep_content=self._keeps_content,
                quiet=self._options.quiet,
            )
        elif self._scanner is None:
            self._scanner = settings.open_scanner()
        return self._scanner

    def _resolved_settings(self) -> dict[str, Any]:
        """Return what the scanner resolved, from the cache if that has such entries."""
        resolved = None if self._cache is None else self._cache.read_resolved()
        if resolved is None and any(isinstance(item, ImageFile) for item in self._items):
            resolved = self._open_scanner().settings()
            if self._cache is not None:
                self._cache.write_resolved(resolved)
        return resolved or self._settings.deciding()


def run_scan(
    command: str,
    options: ScanOptions,
    folders: OutputFolders | None = None,
    more_reports: Sequence[Path] = (),
    engine: Engine = "local",
    progress: Progress = unseen,
) -> ExitStatus:
    """Run `detect`, `localize` or `segment` and return how it ends.

    Raises:
        InpaintscanError: for what the user has to change before a scan can begin.
    """
    run = Run(command, options, folders or OutputFolders(), more_reports, engine, progress)
    return run.scan()


def _name(item: Item) -> str:
    return item.name if isinstance(item, ImageFile) else item.path
