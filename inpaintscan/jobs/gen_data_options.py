"""The options of `inpaintscan gen-data`, and the settings of the data set they ask for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.settings import KINDS, Kind, SaveAs, Settings, parse_choice
from inpaintscan.jobs.option import Option
from inpaintscan.jobs.scan_options import Engine, Precision

WHAT, MASKS, PHOTOS, NETWORKS, RUN = "What is made", "Masks", "Photos", "Networks", "Run"


def read_kinds(text: str) -> tuple[Kind, ...]:
    """Return the kinds of images of a data set, from a comma-separated list, in their own order.

    Raises:
        UsageError: for a word that is no kind.
    """
    wanted = {kind.strip() for kind in text.split(",")}
    if unknown := wanted - set(KINDS):
        raise UsageError(
            f"--kinds: unknown {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}"
        )
    return tuple(kind for kind in KINDS if kind in wanted)


def read_split(text: str) -> tuple[float, float, float]:
    """Return the shares of train, val and test.

    Raises:
        UsageError: unless there are three, none negative, not all 0.
    """
    try:
        train, val, test = (float(share) for share in text.split(","))
    except ValueError as error:
        raise UsageError(f"--split {text}: write three shares, as 0.8,0.1,0.1") from error
    if min(train, val, test) < 0 or not 0 < train + val + test < float("inf"):
        raise UsageError(f"--split {text}: shares are not negative and not all 0")
    return train, val, test


@dataclass(frozen=True, kw_only=True)
class GenDataOptions:
    """What is made, of which photos, and how."""

    source: Annotated[
        Path,
        Option("Arguments", "Folder of photos, with its sub-folders.", "SRC", is_argument=True),
    ]
    output: Annotated[
        Path, Option(WHAT, "Folder to write the data set to.", "DST", flags="--output -o")
    ]
    method: Annotated[
        tuple[str, ...],
        Option(
            WHAT,
            "Inpainting method: NAME, NAME:WEIGHT or NAME=FILE:WEIGHT. Repeatable (default: all "
            "shipped weights and patchmatch).",
            "NAME",
        ),
    ] = ()
    kinds: Annotated[
        tuple[Kind, ...],
        Option(
            WHAT,
            "Kinds to write: original, mask, inpainted, realfake, fakefake (default all).",
            "LIST",
            parse=read_kinds,
        ),
    ] = KINDS
    per_photo: Annotated[int, Option(WHAT, "Variants per photo (default 1).", "N", least=1)] = 1
    clean_fraction: Annotated[
        float,
        Option(
            WHAT,
            "Share of photos of which only the original is kept (default 0).",
            "SHARE",
            least=0,
            most=1,
        ),
    ] = 0.0
    degrade: Annotated[
        tuple[int, int],
        Option(
            WHAT,
            "Number of degradations (JPEG, WebP, resizing, blur, noise), the same for all kinds "
            "of a photo (default 0 0).",
            "MIN MAX",
        ),
    ] = (0, 0)
    augment: Annotated[
        float,
        Option(
            WHAT,
            "Share of photos that get an augmented copy (default 0).",
            "SHARE",
            least=0,
            most=1,
        ),
    ] = 0.0
    save_as: Annotated[SaveAs, Option(WHAT, "Image format (default png).")] = "png"
    quality: Annotated[
        tuple[int, int], Option(WHAT, "Quality of jpg and webp (default 90 90).", "MIN MAX")
    ] = (90, 90)
    split: Annotated[
        tuple[float, float, float],
        Option(
            WHAT, "Shares of train, val and test (default 0.8,0.1,0.1).", "SHARES", parse=read_split
        ),
    ] = (0.8, 0.1, 0.1)
    split_by: Annotated[
        Literal["photo", "folder"],
        Option(WHAT, "Keep all images of a photo, or of a folder, in one split (default photo)."),
    ] = "photo"
    mask: Annotated[
        tuple[str, ...],
        Option(
            MASKS,
            "rect, freeform, blob, object, object=box or dir:PATH, each with an optional "
            ":WEIGHT. Repeatable (default rect, freeform, blob).",
            "NAME",
        ),
    ] = ("rect", "freeform", "blob")
    regions: Annotated[
        tuple[int, int], Option(MASKS, "Regions per mask (default 1 3).", "MIN MAX")
    ] = (1, 3)
    area: Annotated[
        tuple[float, float],
        Option(MASKS, "Share of pixels to replace (default 0.02 0.4).", "MIN MAX"),
    ] = (0.02, 0.4)
    blur: Annotated[
        tuple[float, float],
        Option(
            MASKS,
            "Sigma of a soft mask edge, in pixels (default 0 0); 255 still means replaced.",
            "MIN MAX",
        ),
    ] = (0.0, 0.0)
    scale: Annotated[
        tuple[float, float],
        Option(PHOTOS, "Scale photos down by a random factor (default 1 1).", "MIN MAX"),
    ] = (1.0, 1.0)
    max_size: Annotated[
        int | None,
        Option(PHOTOS, "Longest side; larger photos are scaled down.", "PIXELS", least=32),
    ] = None
    crop: Annotated[
        int | None, Option(PHOTOS, "Longest side; larger photos are cropped.", "PIXELS", least=32)
    ] = None
    captions: Annotated[
        Path | None,
        Option(
            PHOTOS,
            "Prompts: a captions CSV or COCO JSON (default: PHOTO.txt beside the photo).",
            "FILE",
        ),
    ] = None
    prompt: Annotated[
        str, Option(PHOTOS, "Prompt for photos without a caption (default: none).", "TEXT")
    ] = ""
    vae: Annotated[
        tuple[str, ...],
        Option(
            NETWORKS,
            "Autoencoder: file, shipped name or folder. Repeatable (default: the shipped ones).",
            "NAME|FILE",
        ),
    ] = ()
    vae_noise: Annotated[
        float,
        Option(
            NETWORKS,
            "Most noise on latents, relative to their standard deviation (default 0).",
            "NUMBER",
            least=0,
        ),
    ] = 0.0
    vae_jitter: Annotated[
        float,
        Option(
            NETWORKS,
            "Most relative change of the decoder's weights (default 0).",
            "NUMBER",
            least=0,
        ),
    ] = 0.0
    diffusion_steps: Annotated[
        int, Option(NETWORKS, "Denoising steps (default 30).", "N", least=1)
    ] = 30
    diffusion_size: Annotated[
        int,
        Option(NETWORKS, "Longest side for diffusion pipelines (default 512).", "PIXELS", least=16),
    ] = 512
    device: Annotated[
        str, Option(NETWORKS, "auto, cpu, cuda, cuda:N or mps (default auto).", "NAME")
    ] = "auto"
    precision: Annotated[
        Precision, Option(NETWORKS, "Number format (default: bf16 where it is fast).")
    ] = "auto"
    batch_size: Annotated[int, Option(NETWORKS, "Photos per batch (default 4).", "N", least=1)] = 4
    seed: Annotated[
        int,
        Option(RUN, "Random seed; the same seed gives the same bytes (default 0).", "N", least=0),
    ] = 0
    workers: Annotated[
        int | None, Option(RUN, "Processes (default: one per core).", "N", least=1)
    ] = None
    engine: Annotated[
        Engine,
        Option(
            RUN,
            "Use processes of this machine, or a Ray cluster whose machines share SRC and DST "
            "(default local).",
        ),
    ] = "local"
    resume: Annotated[bool, Option(RUN, "Continue an interrupted run.")] = False
    quiet: Annotated[
        bool, Option(RUN, "Print only errors on standard error.", flags="--quiet -q")
    ] = False
    verbose: Annotated[
        bool, Option(RUN, "Print tracebacks of internal errors.", flags="--verbose -v")
    ] = False
    no_progress: Annotated[bool, Option(RUN, "Show no progress bar.")] = False


def to_settings(options: GenDataOptions) -> Settings:
    """Return the settings of the data set that the options ask for.

    Raises:
        UsageError: if a value is not one of those allowed.
    """
    from inpaintscan.gen_data.resolved import default_methods

    own = {item.name for item in fields(options)}
    same = {item.name: getattr(options, item.name) for item in fields(Settings) if item.name in own}
    return Settings(
        **same | {"captions": options.captions and str(options.captions)},
        methods=tuple(parse_choice(text) for text in options.method) or default_methods(),
        masks=tuple(parse_choice(text) for text in options.mask),
    )
