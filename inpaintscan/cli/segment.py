"""`inpaintscan segment`: where, as masks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inpaintscan.cli.options import RESULTS, ScanOptions, with_scan_options
from inpaintscan.errors import ExitStatus

EPILOG = """\b
Examples:
  inpaintscan segment PHOTOS -o out
  inpaintscan segment PHOTOS -o out --heatmap --overlay
  inpaintscan segment photo.jpg -o out --overwrite --mask-from map

\b
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
            "--output", "-o", metavar="DIR", help="Write DIR/mask/.", rich_help_panel=RESULTS
        ),
    ],
    heatmap: Annotated[
        bool,
        typer.Option("--heatmap", help="Write DIR/heatmap/ too, 16-bit.", rich_help_panel=RESULTS),
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
            help="Write DIR/overlay/ too: heat colour, outlines, boxes.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
) -> ExitStatus:
    """Write masks of what was replaced: PNG, 8-bit, 0 or 255, as large as the image is displayed.

    The mask of a clean image is empty, that of a generated one full. Of others, and of all with
    --mask-from map, it is the probability map at its threshold.

    DIR/mask/ repeats the folders below a directory argument. Images that would get the same name,
    as a.jpg and a.png, keep their ending in it: a.jpg.png and a.png.png.
    """
    from inpaintscan.cli.outputs import OutputFolders
    from inpaintscan.cli.run import run_scan

    folders = OutputFolders(
        mask=output / "mask",
        heatmap=output / "heatmap" if heatmap else None,
        overlay=output / "overlay" if overlay else None,
        overwrite=options.overwrite,
        mask_from_map=mask_from is MaskFrom.MAP,
    )
    return run_scan("segment", options, folders)
