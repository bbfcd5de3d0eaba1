"""`inpaintscan gen-data`: photos in, a labelled data set out."""

from __future__ import annotations

from inpaintscan.cli.progress import image_bar
from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.gen_data_run import GenDataOptions, run_gen_data
from inpaintscan.jobs.messages import tell

EPILOG = """\b
Examples:
  inpaintscan gen-data PHOTOS -o DATASET
  inpaintscan gen-data PHOTOS -o DATASET --method gated:3 --method vae:1
  inpaintscan gen-data PHOTOS -o DATASET --crop 512 --per-photo 4 --blur 0 3
  inpaintscan gen-data PHOTOS -o DATASET --split-by folder --save-as jpg
  inpaintscan gen-data PHOTOS -o DATASET --method diffusion=FOLDER --mask object
  inpaintscan gen-data PHOTOS -o DATASET --engine ray --workers 64

Methods: gated, partial, fourier, vae, diffusion, text-to-image, frames=FOLDER
(what another tool made of the same photos), telea, navier-stokes, fsr,
shiftmap, patchmatch, copy-move (pixels of the photo itself, also mirrored,
turned or scaled), splice (of another photo of the split, at its own scale and
compression).
"""


def command(options: GenDataOptions) -> ExitStatus:
    """Make a labelled data set of inpainted images from a folder of photos.

    Writes DST/{train,val,test}/KIND/NAME.png, DST/labels.csv, DST/dataset.json and
    DST/contact-sheet.jpg.
    """
    wanted = not (options.quiet or options.no_progress)
    with image_bar(0, wanted=wanted, doing="making") as show:
        summary = run_gen_data(options, show)
    if options.quiet:
        return ExitStatus.CLEAN
    for line in summary.failures:
        tell(f"skipped: {line}")
    tell(summary.audit.sentence())
    skipped = len(summary.failures)
    tell(f"{summary.images} images written to {options.output}, {skipped} photos skipped")
    return ExitStatus.CLEAN
