"""`inpaintscan gen-data`: photos in, a labelled data set out."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.gen_data_options import GenDataOptions, to_settings
from inpaintscan.jobs.messages import tell

if TYPE_CHECKING:
    from inpaintscan.gen_data.generate import Progress

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

    Writes DST/{train,val,test}/KIND/NAME.png, DST/labels.csv and DST/dataset.json.
    """
    settings = to_settings(options)
    from inpaintscan.gen_data.generate import generate

    more: dict[str, Any] = {}
    if options.engine == "ray":
        from inpaintscan.cluster.make_data import run_on_ray

        more["run"] = run_on_ray
    with _Bar(wanted=not (options.quiet or options.no_progress)) as bar:
        summary = generate(
            options.source,
            options.output,
            settings,
            workers=options.workers or (os.cpu_count() or 1 if options.engine == "local" else 0),
            resume=options.resume,
            progress=bar.show,
            **more,
        )
    if options.quiet:
        return ExitStatus.CLEAN
    for line in summary.failures:
        tell(f"skipped: {line}")
    tell(summary.audit.sentence())
    skipped = len(summary.failures)
    tell(f"{summary.images} images written to {options.output}, {skipped} photos skipped")
    return ExitStatus.CLEAN


class _Bar:
    """A progress bar on standard error, only on a terminal."""

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    @property
    def show(self) -> Progress | None:
        """What to call after each batch, or None where no bar is wanted."""
        return self._show if self.wanted and sys.stderr.isatty() else None

    def _show(self, done: int, total: int) -> None:
        from tqdm import tqdm

        if self.bar is None:
            self.bar = tqdm(total=total, unit="image", file=sys.stderr, dynamic_ncols=True)
        self.bar.update(done - self.bar.n)
