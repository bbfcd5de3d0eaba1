"""`inpaintscan segment`: where, as masks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.scan_options import RESULTS, ScanOptions, with_scan_options

EPILOG = """\b
Examples:
  inpaintscan segment PHOTOS -o out
  inpaintscan segment PHOTOS -o out --heatmap --overlay
  inpaintscan segment photo.jpg -o out --overwrite --mask-from map

Exit status: 0 nothing found, 1 findings, 2 errors (outranks 1), 130 interrupted.
"""


class MaskFrom(StrEnum):
    """What a mask shows."""

    VERDICT = "verdict"
    MAP = "map"


@with_scan_options
def command(
    options: ScanOptions,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder to write to: masks go to DIR/mask/.",
            rich_help_panel=RESULTS,
        ),
    ],
    heatmap: Annotated[
        bool,
        typer.Option(
            "--heatmap",
            help="Also write 16-bit probability maps to DIR/heatmap/.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
    mask_from: Annotated[
        MaskFrom,
        typer.Option(
            "--mask-from",
            help="The mask agrees with the verdict, or is the map at its threshold (verdict).",
            show_default=False,
            rich_help_panel=RESULTS,
        ),
    ] = MaskFrom.VERDICT,
    overlay: Annotated[
        bool,
        typer.Option(
            "--overlay",
            help="Also write images with heatmap, outlines and boxes drawn in to DIR/overlay/.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
) -> ExitStatus:
    """Write one mask per image: 8-bit PNG, 0 or 255, of the size of the image as displayed.

    The mask of a clean image is empty, that of a generated one full. For other images, and for all
    with --mask-from map, it is the probability map at its threshold.

    DIR/mask/ has the same sub-folders as the folder that was named. Where two masks would have one
    name, as for a.jpg and a.png, they keep the image's ending: a.jpg.png and a.png.png.
    """
    from inpaintscan.jobs.outputs import OutputFolders
    from inpaintscan.jobs.scan_run import run_scan

    folders = OutputFolders(
        mask=output / "mask",
        heatmap=output / "heatmap" if heatmap else None,
        overlay=output / "overlay" if overlay else None,
        overwrite=options.overwrite,
        mask_from_map=mask_from is MaskFrom.MAP,
    )
    return run_scan("segment", options, folders, progress=image_progress(options))
