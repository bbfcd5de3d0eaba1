"""`inpaintscan gen-data`: photos in, a labelled data set out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inpaintscan.cli.choices import Engine, Precision, SaveAs, SplitBy
from inpaintscan.cli.gen_data_settings import to_settings
from inpaintscan.cli.summary import tell

if TYPE_CHECKING:
    from inpaintscan.gen_data.data_set import Progress

WHAT, MASKS, PHOTOS, NETWORKS, RUN = "What is made", "Masks", "Photos", "Networks", "Run"
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


def _option(panel: str, text: str, *names: str, **more: Any) -> Any:  # noqa: ANN401
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


def _range(panel: str, text: str) -> Any:  # noqa: ANN401
    return _option(panel, text, metavar="MIN MAX")


def command(
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="Folder of photos, with its sub-folders.")
    ],
    output: Annotated[
        Path, _option(WHAT, "Folder to write the data set to.", "--output", "-o", metavar="DST")
    ],
    method: Annotated[
        list[str] | None,
        _option(
            WHAT,
            "Inpainting method: NAME, NAME:WEIGHT or NAME=FILE:WEIGHT. Repeatable (default: all "
            "shipped weights and patchmatch).",
            metavar="NAME",
        ),
    ] = None,
    kinds: Annotated[
        str,
        _option(
            WHAT,
            "Kinds to write: original, mask, inpainted, realfake, fakefake (default all).",
            metavar="LIST",
        ),
    ] = "original,mask,inpainted,realfake,fakefake",
    per_photo: Annotated[
        int, _option(WHAT, "Variants per photo (default 1).", min=1, metavar="N")
    ] = 1,
    clean_fraction: Annotated[
        float,
        _option(
            WHAT,
            "Share of photos of which only the original is kept (default 0).",
            min=0,
            max=1,
            metavar="SHARE",
        ),
    ] = 0.0,
    degrade: Annotated[
        tuple[int, int],
        _range(
            WHAT,
            "Number of degradations (JPEG, WebP, resizing, blur, noise), the same for all kinds "
            "of a photo (default 0 0).",
        ),
    ] = (0, 0),
    augment: Annotated[
        float,
        _option(
            WHAT,
            "Share of photos that get an augmented copy (default 0).",
            min=0,
            max=1,
            metavar="SHARE",
        ),
    ] = 0.0,
    save_as: Annotated[SaveAs, _option(WHAT, "Image format (default png).")] = SaveAs.PNG,
    quality: Annotated[
        tuple[int, int], _range(WHAT, "Quality of jpg and webp (default 90 90).")
    ] = (
        90,
        90,
    ),
    split: Annotated[
        str, _option(WHAT, "Shares of train, val and test (default 0.8,0.1,0.1).", metavar="SHARES")
    ] = "0.8,0.1,0.1",
    split_by: Annotated[
        SplitBy,
        _option(WHAT, "Keep all images of a photo, or of a folder, in one split (default photo)."),
    ] = SplitBy.PHOTO,
    mask: Annotated[
        list[str] | None,
        _option(
            MASKS,
            "rect, freeform, blob, object, object=box or dir:PATH, each with an optional :WEIGHT. "
            "Repeatable (default rect, freeform, blob).",
            metavar="NAME",
        ),
    ] = None,
    regions: Annotated[tuple[int, int], _range(MASKS, "Regions per mask (default 1 3).")] = (1, 3),
    area: Annotated[
        tuple[float, float], _range(MASKS, "Share of pixels to replace (default 0.02 0.4).")
    ] = (
        0.02,
        0.4,
    ),
    blur: Annotated[
        tuple[float, float],
        _range(
            MASKS, "Sigma of a soft mask edge, in pixels (default 0 0); 255 still means replaced."
        ),
    ] = (0.0, 0.0),
    scale: Annotated[
        tuple[float, float], _range(PHOTOS, "Scale photos down by a random factor (default 1 1).")
    ] = (1.0, 1.0),
    max_size: Annotated[
        int | None,
        _option(PHOTOS, "Longest side; larger photos are scaled down.", min=32, metavar="PIXELS"),
    ] = None,
    crop: Annotated[
        int | None,
        _option(PHOTOS, "Longest side; larger photos are cropped.", min=32, metavar="PIXELS"),
    ] = None,
    captions: Annotated[
        Path | None,
        _option(
            PHOTOS,
            "Prompts: a captions CSV or COCO JSON (default: PHOTO.txt beside the photo).",
            metavar="FILE",
        ),
    ] = None,
    prompt: Annotated[
        str, _option(PHOTOS, "Prompt for photos without a caption (default: none).", metavar="TEXT")
    ] = "",
    vae: Annotated[
        list[str] | None,
        _option(
            NETWORKS,
            "Autoencoder: file, shipped name or folder. Repeatable (default: the shipped ones).",
            metavar="NAME|FILE",
        ),
    ] = None,
    vae_noise: Annotated[
        float,
        _option(
            NETWORKS,
            "Most noise on latents, relative to their standard deviation (default 0).",
            min=0,
            metavar="NUMBER",
        ),
    ] = 0.0,
    vae_jitter: Annotated[
        float,
        _option(
            NETWORKS,
            "Most relative change of the decoder's weights (default 0).",
            min=0,
            metavar="NUMBER",
        ),
    ] = 0.0,
    diffusion_steps: Annotated[
        int, _option(NETWORKS, "Denoising steps (default 30).", min=1, metavar="N")
    ] = 30,
    diffusion_size: Annotated[
        int,
        _option(
            NETWORKS,
            "Longest side for diffusion pipelines (default 512).",
            min=16,
            metavar="PIXELS",
        ),
    ] = 512,
    device: Annotated[
        str, _option(NETWORKS, "auto, cpu, cuda, cuda:N or mps (default auto).", metavar="NAME")
    ] = "auto",
    precision: Annotated[
        Precision, _option(NETWORKS, "Number format (default: bf16 where it is fast).")
    ] = Precision.AUTO,
    batch_size: Annotated[
        int, _option(NETWORKS, "Photos per batch (default 4).", min=1, metavar="N")
    ] = 4,
    seed: Annotated[
        int,
        _option(
            RUN, "Random seed; the same seed gives the same bytes (default 0).", min=0, metavar="N"
        ),
    ] = 0,
    workers: Annotated[
        int | None, _option(RUN, "Processes (default: one per core).", min=1, metavar="N")
    ] = None,
    engine: Annotated[
        Engine,
        _option(
            RUN,
            "Use processes of this machine, or a Ray cluster whose machines share SRC and DST "
            "(default local).",
        ),
    ] = Engine.LOCAL,
    resume: Annotated[bool, _option(RUN, "Continue an interrupted run.", "--resume")] = False,
    quiet: Annotated[
        bool, _option(RUN, "Print only errors on standard error.", "--quiet", "-q")
    ] = False,
    verbose: Annotated[
        bool, _option(RUN, "Print tracebacks of internal errors.", "--verbose", "-v")
    ] = False,
    no_progress: Annotated[bool, _option(RUN, "Show no progress bar.", "--no-progress")] = False,
) -> None:
    """Make a labelled data set of inpainted images from a folder of photos.

    Writes DST/{train,val,test}/KIND/NAME.png, DST/labels.csv and DST/dataset.json.
    """
    settings = to_settings(locals())
    from inpaintscan.gen_data.data_set import generate

    more: dict[str, Any] = {}
    if engine is Engine.RAY:
        from inpaintscan.cluster.make_data import run_on_ray

        more["run"] = run_on_ray
    with _Bar(wanted=not (quiet or no_progress)) as bar:
        summary = generate(
            source,
            output,
            settings,
            workers=workers or (os.cpu_count() or 1 if engine is Engine.LOCAL else 0),
            resume=resume,
            progress=bar.show,
            **more,
        )
    if quiet:
        return
    for line in summary.failures:
        tell(f"skipped: {line}")
    tell(summary.audit.sentence())
    tell(f"{summary.images} images written to {output}, {len(summary.failures)} photos skipped")


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


if __name__ == "__main__":
    typer.run(command)
