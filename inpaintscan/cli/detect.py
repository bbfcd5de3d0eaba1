"""`inpaintscan detect`: a verdict and scores per image."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.scan_options import NOT_SERVED, PIPELINES, RESULTS, Engine, ScanOptions
from inpaintscan.option import given_options, option

EPILOG = """\b
Examples:
  inpaintscan detect PHOTOS
  inpaintscan detect PHOTOS --report scan.html --open
  find . -name '*.jpg' -print0 | inpaintscan detect -0 - --format jsonl
  inpaintscan detect PHOTOS --fail-on inpainted,generated,tampered --fpr 0.001
  inpaintscan detect PHOTOS --shard 1/4 --report part1.json
  inpaintscan detect --merge part*.json --report scan.html
  inpaintscan detect s3://BUCKET/PHOTOS --engine ray --report scan.jsonl

Exit status: 0 nothing found, 1 findings, 2 errors (outranks 1), 130 interrupted.
"""


@dataclass(frozen=True, kw_only=True)
class DetectOptions(ScanOptions):
    """The options of `detect`."""

    overlay: Path | None = option(
        None, RESULTS, "Write images with heatmap and boxes drawn in to DIR.", "DIR"
    )
    heatmap: Path | None = option(None, RESULTS, "Write 16-bit probability maps to DIR.", "DIR")
    open_page: bool = option(False, RESULTS, "Open the HTML report in the browser.", flags="--open")
    serve: bool = option(
        False, RESULTS, "Serve a page on which to drop images, to this machine only."
    )
    merge: bool = option(
        False, PIPELINES, "Merge PATHS, the .json reports of shards, into one report."
    )
    engine: Engine = option(
        "local",
        PIPELINES,
        "Scan in this process, or on a Ray cluster, where PATHS may be URIs such as s3:// "
        "and --workers is the number of processes (default local).",
    )


def command(options: DetectOptions) -> ExitStatus:
    """Tell which images are inpainted or generated: a verdict and calibrated scores per image.

    clean means that nothing was found. unsure means that the score lies between the threshold and
    the one that flags 5 % of clean images, or that the method is known to fail on such images.
    """
    from inpaintscan.jobs.outputs import OutputFolders
    from inpaintscan.jobs.scan_run import run_scan

    overlay, heatmap, engine = options.overlay, options.heatmap, options.engine
    if engine == "ray" and (options.serve or options.merge):
        raise UsageError("--engine ray is for scans: leave it out with --serve and --merge")
    if options.serve:
        return _serve(options)
    if options.merge and (overlay is not None or heatmap is not None):
        raise UsageError("--merge reads reports, not images: --overlay and --heatmap do not apply")
    folders = OutputFolders(heatmap=heatmap, overlay=overlay, overwrite=options.overwrite)

    def work(more: Sequence[Path] = ()) -> ExitStatus:
        if options.merge:
            from inpaintscan.jobs.merge import merge_reports

            return merge_reports(options, more)
        return run_scan("detect", options, folders, more, engine, image_progress(options))

    return _show_page(options, work) if options.open_page else work()


def _show_page(options: ScanOptions, work: Callable[[Sequence[Path]], ExitStatus]) -> ExitStatus:
    """Run a scan that writes an HTML report besides what `--report` asks for, and show that."""
    asked_for = [path for path in options.report if path.suffix.lower() == ".html"]
    folder = None if asked_for else Path(tempfile.mkdtemp(prefix="inpaintscan-"))
    page = asked_for[0] if folder is None else folder / "report.html"
    try:
        status = work(() if folder is None else (page,))
    finally:
        if folder is not None and not page.exists():
            shutil.rmtree(folder, ignore_errors=True)
    if page.exists():
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return status


def _serve(options: ScanOptions) -> ExitStatus:
    if options.paths:
        raise UsageError("--serve takes no PATHS: images are dropped on the page")
    for name, (flag, _) in given_options(options).items():
        if name in NOT_SERVED:
            raise UsageError(f"--serve shows one image at a time: leave out {flag}")
    if options.frames == "all":
        raise UsageError("--serve scans the first frame of an animation: leave out --frames all")
    from inpaintscan.jobs.interrupt import termination_as_interrupt
    from inpaintscan.jobs.serve import serve

    with termination_as_interrupt() as asked:
        if serve(options):
            # PyTorch aborts the process if Python is taken down under a thread that computes.
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(ExitStatus.INTERRUPTED if asked else ExitStatus.CLEAN)
    return ExitStatus.CLEAN
