"""The options of `inpaintscan train` that say what is trained, on what, and which network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from inpaintscan.jobs.scan_options import _option, complete_model
from inpaintscan.jobs.train_choices import Fit, Task

RUN, DATA, NETWORK = "Run", "Data", "Network"
_QUIET, _VERBOSE = "Show only errors on standard error.", "Show tracebacks of internal errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOptions:
    """What is trained; None where the recipe or the task decides."""

    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA",
            help="Labelled data sets: gen-data folders, real/ + fake/, images/ + masks/, .csv, "
            ".json. multi: also folders of photos. autoencoder, inpainter: only those.",
            show_default=False,
        ),
    ]
    output: Annotated[
        Path,
        _option(
            "--output", "-o", panel=RUN, metavar="FILE", text="The .safetensors file to write."
        ),
    ]
    task: Annotated[
        Task | None,
        _option(
            "--task",
            panel=RUN,
            metavar="TASK",
            text="What to train: detect, localize, segment, multi, autoencoder, inpainter or "
            "ensemble (default: the recipe's).",
        ),
    ] = None
    recipe: Annotated[
        str | None,
        _option(
            "--recipe",
            panel=RUN,
            metavar="NAME",
            text="Use the settings of a published work: baek2025, sideras2023, adler2023-fcn, "
            "adler2023-nix, tdanet, yin2023.",
        ),
    ] = None
    init: Annotated[
        str | None,
        _option(
            "--init",
            panel=RUN,
            metavar="NAME|FILE",
            autocompletion=complete_model,
            text="Start from these weights (fine-tuning).",
        ),
    ] = None
    resume: Annotated[bool, _option("--resume", panel=RUN, text="Continue an interrupted run.")] = (
        False
    )
    run_dir: Annotated[
        Path | None,
        _option(
            "--run-dir",
            panel=RUN,
            metavar="DIR",
            text="Folder for checkpoint and history (default: that of --output, ending in .run).",
        ),
    ] = None
    device: Annotated[
        str,
        _option(
            "--device", panel=RUN, metavar="NAME", text="auto, cpu, cuda, cuda:N or mps (auto)."
        ),
    ] = "auto"
    quiet: Annotated[bool, _option("--quiet", "-q", panel=RUN, text=_QUIET)] = False
    verbose: Annotated[bool, _option("--verbose", "-v", panel=RUN, text=_VERBOSE)] = False
    no_progress: Annotated[
        bool, _option("--no-progress", panel=RUN, text="Show no progress bar.")
    ] = False
    val_data: Annotated[
        list[Path] | None,
        _option(
            "--val-data", panel=DATA, metavar="DATA", text="Data set to validate on. Repeatable."
        ),
    ] = None
    allow_outside: Annotated[
        bool,
        _option(
            "--allow-outside",
            panel=DATA,
            text="Read files that a table names outside its own folder.",
        ),
    ] = False
    val: Annotated[
        float,
        _option(
            "--val",
            panel=DATA,
            min=0.01,
            max=0.9,
            metavar="SHARE",
            text="Share of DATA to hold out, by folder or photo, if there is no val split "
            "(default 0.1).",
        ),
    ] = 0.1
    kinds: Annotated[
        str | None,
        _option(
            "--kinds",
            panel=DATA,
            metavar="LIST",
            text="Use only these kinds of gen-data folders; in the kind inpainted, segment learns "
            "the hole.",
        ),
    ] = None
    replay: Annotated[
        float | None,
        _option(
            "--replay",
            panel=DATA,
            min=0,
            max=1,
            metavar="SHARE",
            text="multi: share of pairs made of clean images, beside labelled data (default 0.5).",
        ),
    ] = None
    balance: Annotated[
        bool | None,
        _option("--balance/--no-balance", panel=DATA, text="Draw all classes equally often."),
    ] = None
    augment: Annotated[
        float | None,
        _option(
            "--augment",
            panel=DATA,
            min=0,
            max=1,
            metavar="SHARE",
            text="Share of images to augment: rotation, noise, tone, colour.",
        ),
    ] = None
    flip: Annotated[
        bool | None, _option("--flip/--no-flip", panel=DATA, text="Mirror half of the images.")
    ] = None
    size: Annotated[
        int | None,
        _option(
            "--size", panel=DATA, min=16, max=2048, metavar="PIXELS", text="Side of the input."
        ),
    ] = None
    fit: Annotated[
        Fit | None,
        _option("--fit", panel=DATA, text="Resize whole images, or cut tiles from them."),
    ] = None
    arch: Annotated[
        str | None,
        _option(
            "--arch",
            panel=NETWORK,
            metavar="NAME",
            text="A classifier of timm or torchvision; segment: scannet, fcn_resnet50, nixnet; "
            "multi: scannet, tracenet; inpainter: gated, partial, fourier.",
        ),
    ] = None
    arch_arg: Annotated[
        list[str] | None,
        _option(
            "--arch-arg",
            panel=NETWORK,
            metavar="NAME=VALUE",
            text="Another argument of the network, such as preset=60m. Repeatable.",
        ),
    ] = None
    pretrained: Annotated[
        bool | None,
        _option(
            "--pretrained/--no-pretrained",
            panel=NETWORK,
            text="Start from the published weights of --arch, which are downloaded.",
        ),
    ] = None
    pretrained_from: Annotated[
        Path | None,
        _option(
            "--pretrained-from",
            panel=NETWORK,
            metavar="FILE",
            text="Start from a local .safetensors file for --arch.",
        ),
    ] = None
    residual: Annotated[
        bool | None,
        _option("--residual/--no-residual", panel=NETWORK, text="Feed noise residuals beside RGB."),
    ] = None
    freeze_backbone: Annotated[
        bool | None,
        _option("--freeze-backbone/--train-backbone", panel=NETWORK, text="Train only the head."),
    ] = None
