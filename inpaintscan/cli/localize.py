"""`inpaintscan localize`: where, as boxes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.scan_options import RESULTS, ScanOptions
from inpaintscan.option import option

EPILOG = """\b
Examples:
  inpaintscan localize photo.jpg
  inpaintscan localize PHOTOS --overlay boxes
  inpaintscan localize PHOTOS --report boxes.csv

Exit status: 0 nothing found, 1 findings, 2 errors (outranks 1), 130 interrupted.
"""


@dataclass(frozen=True, kw_only=True)
class LocalizeOptions(ScanOptions):
    """The options of `localize`."""

    overlay: Path | None = option(
        None, RESULTS, "Write images with the boxes drawn in to DIR.", "DIR"
    )
    heatmap: Path | None = option(None, RESULTS, "Write 16-bit probability maps to DIR.", "DIR")


def command(options: LocalizeOptions) -> ExitStatus:
    """Draw boxes around what was replaced.

    A box is xmin, ymin, xmax, ymax in pixels of the image as displayed, xmax and ymax exclusive.
    The CSV report has one row per box. An image without boxes has one row, with a box of zeros.
    """
    from inpaintscan.jobs.outputs import OutputFolders
    from inpaintscan.jobs.scan_run import run_scan

    folders = OutputFolders(
        heatmap=options.heatmap, overlay=options.overlay, overwrite=options.overwrite
    )
    return run_scan("localize", options, folders, progress=image_progress(options))
