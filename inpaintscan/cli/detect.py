"""`inpaintscan detect`: a verdict and scores per image."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.choices import Engine
from inpaintscan.jobs.scan_options import PIPELINES, RESULTS, ScanOptions, with_scan_options

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


@with_scan_options
def command(
    options: ScanOptions,
    overlay: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write images with heatmap and boxes drawn in to DIR.",
            rich_help_panel=RESULTS,
        ),
    ] = None,
    heatmap: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write 16-bit probability maps to DIR.",
            rich_help_panel=RESULTS,
        ),
    ] = None,
    open_page: Annotated[
        bool,
        typer.Option(
            "--open", help="Open the HTML report in the browser.", rich_help_panel=RESULTS
        ),
    ] = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Serve a page on which to drop images, to this machine only.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
    merge: Annotated[
        bool,
        typer.Option(
            "--merge",
            help="Merge PATHS, the .json reports of shards, into one report.",
            rich_help_panel=PIPELINES,
        ),
    ] = False,
    engine: Annotated[
        Engine,
        typer.Option(
            help="Scan in this process, or on a Ray cluster, where PATHS may be URIs such as s3:// "
            "and --workers is the number of processes (default local).",
            show_default=False,
            rich_help_panel=PIPELINES,
        ),
    ] = Engine.LOCAL,
) -> ExitStatus:
    """Tell which images are inpainted or generated: a verdict and calibrated scores per image.

    clean means that nothing was found. unsure means that the score lies between the threshold and
    the one that flags 5 % of clean images, or that the method is known to fail on such images.
    """
    from inpaintscan.jobs.merge import merge_reports
    from inpaintscan.jobs.outputs import OutputFolders
    from inpaintscan.jobs.scan_run import run_scan

    if engine is Engine.RAY and (serve or merge):
        raise UsageError("--engine ray is for scans: leave it out with --serve and --merge")
    if serve:
        return _serve(options)
    if merge and (overlay is not None or heatmap is not None):
        raise UsageError("--merge reads reports, not images: --overlay and --heatmap do not apply")
    folders = OutputFolders(heatmap=heatmap, overlay=overlay, overwrite=options.overwrite)

    def work(more: Sequence[Path] = ()) -> ExitStatus:
        if merge:
            return merge_reports(options, more)
        return run_scan("detect", options, folders, more, engine, image_progress(options))

    return _show_page(options, work) if open_page else work()


def _show_page(options: ScanOptions, work: Callable[[Sequence[Path]], ExitStatus]) -> ExitStatus:
    """Run a scan that writes an HTML report besides what `--report` asks for, and show that."""
    asked_for = [path for path in options.report or () if path.suffix.lower() == ".html"]
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


_NOT_SERVED = (
    "files_from", "include", "exclude", "shard", "report", "format", "baseline", "cache", "case",
    "examiner",
)  # fmt: skip
"""Options about files and reports, which a page to drop images on has none of."""


def _serve(options: ScanOptions) -> ExitStatus:
    if options.paths:
        raise UsageError("--serve takes no PATHS: images are dropped on the page")
    for name in _NOT_SERVED:
        if getattr(options, name) is not None:
            raise UsageError(
                f"--serve shows one image at a time: leave out --{name.replace('_', '-')}"
            )
    if options.frames == "all":
        raise UsageError("--serve scans the first frame of an animation: leave out --frames all")
    from inpaintscan.jobs.serve import serve

    serve(options)
    return ExitStatus.CLEAN
