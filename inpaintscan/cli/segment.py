"""`inpaintscan segment`: where, as masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inpaintscan.cli.progress import image_progress
from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.scan_options import RESULTS, ScanOptions
from inpaintscan.option import option

EPILOG = """\b
Examples:
  inpaintscan segment PHOTOS -o out
  inpaintscan segment PHOTOS -o out --heatmap --overlay
  inpaintscan segment photo.jpg -o out --overwrite --mask-from map

Exit status: 0 nothing found, 1 findings, 2 errors (outranks 1), 130 interrupted.
"""


@dataclass(frozen=True, kw_only=True)
class SegmentOptions(ScanOptions):
    """The options of `segment`."""

    output: Path = option(
        ..., RESULTS, "Folder to write to: masks go to DIR/mask/.", "DIR", flags="--output -o"
    )
    heatmap: bool = option(False, RESULTS, "Also write 16-bit probability maps to DIR/heatmap/.")
    mask_from: Literal["verdict", "map"] = option(
        "verdict",
        RESULTS,
        "The mask agrees with the verdict, or is the map at its threshold (verdict).",
    )
    overlay: bool = option(
        False,
        RESULTS,
        "Also write images with heatmap, outlines and boxes drawn in to DIR/overlay/.",
    )


def command(options: SegmentOptions) -> ExitStatus:
    """Write one mask per image: 8-bit PNG, 0 or 255, of the size of the image as displayed.

    The mask of a clean image is empty, that of a generated one full. For other images, and for all
    with --mask-from map, it is the probability map at its threshold.

    DIR/mask/ has the same sub-folders as the folder that was named. Where two masks would have one
    name, as for a.jpg and a.png, they keep the image's ending: a.jpg.png and a.png.png.
    """
    from inpaintscan.jobs.outputs import OutputFolders
    from inpaintscan.jobs.scan_run import run_scan

    folders = OutputFolders(
        mask=options.output / "mask",
        heatmap=options.output / "heatmap" if options.heatmap else None,
        overlay=options.output / "overlay" if options.overlay else None,
        overwrite=options.overwrite,
        mask_from_map=options.mask_from == "map",
    )
    return run_scan("segment", options, folders, progress=image_progress(options))
