"""The options of `inpaintscan train` that say what is trained, on what, and which network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from inpaintscan.option import Option

RUN, DATA, NETWORK = "Run", "Data", "Network"
Task = Literal["detect", "localize", "segment", "multi", "autoencoder", "inpainter", "ensemble"]
IMAGES = ("detect", "localize", "segment")
STEPPED = ("multi", "autoencoder", "inpainter")
LABELLED = (*IMAGES, "multi", "ensemble")
TRAINED = (*IMAGES, *STEPPED)
"""Tasks that take an option."""


@dataclass(frozen=True, kw_only=True)
class SetupOptions:
    """What is trained; None where the recipe or the task decides."""

    data: Annotated[
        tuple[Path, ...],
        Option(
            "Arguments",
            "Labelled data sets: gen-data folders, real/ + fake/, images/ + masks/, .csv, .json. "
            "multi: also folders of photos. autoencoder, inpainter: only those.",
            "DATA",
            is_argument=True,
        ),
    ]
    output: Annotated[
        Path, Option(RUN, "The .safetensors file to write.", "FILE", flags="--output -o")
    ]
    task: Annotated[
        Task | None,
        Option(
            RUN,
            "What to train: detect, localize, segment, multi, autoencoder, inpainter or ensemble "
            "(default: the recipe's).",
            "TASK",
        ),
    ] = None
    recipe: Annotated[
        str | None,
        Option(
            RUN,
            "Use the settings of a published work: baek2025, sideras2023, adler2023-fcn, "
            "adler2023-nix, tdanet, yin2023.",
            "NAME",
        ),
    ] = None
    init: Annotated[
        str | None,
        Option(
            RUN,
            "Start from these weights (fine-tuning).",
            "NAME|FILE",
            is_model=True,
            only=(*IMAGES, "multi"),
        ),
    ] = None
    resume: Annotated[bool, Option(RUN, "Continue an interrupted run.", only=TRAINED)] = False
    run_dir: Annotated[
        Path | None,
        Option(
            RUN,
            "Folder for checkpoint and history (default: that of --output, ending in .run).",
            "DIR",
            only=TRAINED,
        ),
    ] = None
    device: Annotated[str, Option(RUN, "auto, cpu, cuda, cuda:N or mps (auto).", "NAME")] = "auto"
    quiet: Annotated[
        bool, Option(RUN, "Show only errors on standard error.", flags="--quiet -q")
    ] = False
    verbose: Annotated[
        bool, Option(RUN, "Show tracebacks of internal errors.", flags="--verbose -v")
    ] = False
    no_progress: Annotated[bool, Option(RUN, "Show no progress bar.")] = False
    val_data: Annotated[
        tuple[Path, ...],
        Option(DATA, "Data set to validate on. Repeatable.", "DATA", only=LABELLED),
    ] = ()
    allow_outside: Annotated[
        bool, Option(DATA, "Read files that a table names outside its own folder.", only=LABELLED)
    ] = False
    val: Annotated[
        float,
        Option(
            DATA,
            "Share of DATA to hold out, by folder or photo, if there is no val split (default "
            "0.1).",
            "SHARE",
            least=0.01,
            most=0.9,
            only=LABELLED,
        ),
    ] = 0.1
    kinds: Annotated[
        str | None,
        Option(
            DATA,
            "Use only these kinds of gen-data folders; in the kind inpainted, segment learns the "
            "hole.",
            "LIST",
            only=(*IMAGES, "ensemble"),
        ),
    ] = None
    replay: Annotated[
        float | None,
        Option(
            DATA,
            "multi: share of pairs made of clean images, beside labelled data (default 0.5).",
            "SHARE",
            least=0,
            most=1,
            only=("multi",),
        ),
    ] = None
    balance: Annotated[
        bool | None,
        Option(
            DATA, "Draw all classes equally often.", flags="--balance/--no-balance", only=IMAGES
        ),
    ] = None
    augment: Annotated[
        float | None,
        Option(
            DATA,
            "Share of images to augment: rotation, noise, tone, colour.",
            "SHARE",
            least=0,
            most=1,
            only=IMAGES,
        ),
    ] = None
    flip: Annotated[
        bool | None,
        Option(DATA, "Mirror half of the images.", flags="--flip/--no-flip", only=IMAGES),
    ] = None
    size: Annotated[
        int | None, Option(DATA, "Side of the input.", "PIXELS", least=16, most=2048, only=TRAINED)
    ] = None
    fit: Annotated[
        Literal["resize", "tile"] | None,
        Option(DATA, "Resize whole images, or cut tiles from them.", only=IMAGES),
    ] = None
    arch: Annotated[
        str | None,
        Option(
            NETWORK,
            "A classifier of timm or torchvision; segment: scannet, fcn_resnet50, nixnet; multi: "
            "scannet, tracenet; inpainter: gated, partial, fourier.",
            "NAME",
            only=(*IMAGES, "multi", "inpainter"),
        ),
    ] = None
    arch_arg: Annotated[
        tuple[str, ...],
        Option(
            NETWORK,
            "Another argument of the network, such as preset=60m. Repeatable.",
            "NAME=VALUE",
            only=TRAINED,
        ),
    ] = ()
    pretrained: Annotated[
        bool | None,
        Option(
            NETWORK,
            "Start from the published weights of --arch, which are downloaded.",
            flags="--pretrained/--no-pretrained",
            only=IMAGES,
        ),
    ] = None
    pretrained_from: Annotated[
        Path | None,
        Option(NETWORK, "Start from a local .safetensors file for --arch.", "FILE", only=IMAGES),
    ] = None
    residual: Annotated[
        bool | None,
        Option(
            NETWORK,
            "Feed noise residuals beside RGB.",
            flags="--residual/--no-residual",
            only=("detect", "localize"),
        ),
    ] = None
    freeze_backbone: Annotated[
        bool | None,
        Option(
            NETWORK,
            "Train only the head.",
            flags="--freeze-backbone/--train-backbone",
            only=("detect", "localize"),
        ),
    ] = None
