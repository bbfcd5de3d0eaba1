"""The options of `inpaintscan train`. What is left out is set by the recipe, or by the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from inpaintscan.cli.options import complete_model, parameters_of, with_parameters
from inpaintscan.cli.train_choices import (
    BoxLoss,
    Fit,
    Loss,
    Optimizer,
    Precision,
    Schedule,
    Stacker,
    Task,
)
from inpaintscan.errors import ExitStatus

RUN, DATA, NETWORK, LOSS = "Run", "Data", "Network", "Loss"
OPTIMISATION, ENSEMBLE = "Optimisation", "Ensemble"
_PERCEPTUAL = "inpainter: weights of VGG-16, whose features and style are matched."


def _option(*names: str, panel: str, text: str, **more: Any) -> Any:  # noqa: ANN401
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What the user asked for; None where the recipe or the task decides."""

    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Labelled data sets (gen-data folder, real/ + fake/, images/ + masks/, .csv, "
            ".json); multi: plain photos as well; autoencoder, inpainter: photos alone.",
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
        Task | None, _option("--task", panel=RUN, text="What to train (the recipe's).")
    ] = None
    recipe: Annotated[
        str | None,
        _option(
            "--recipe",
            panel=RUN,
            metavar="NAME",
            text="Settings of a published work: baek2025, sideras2023, adler2023-fcn, "
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
            text="Go on from these weights (fine-tuning).",
        ),
    ] = None
    resume: Annotated[
        bool, _option("--resume", panel=RUN, text="Go on with an interrupted run.")
    ] = False
    run_dir: Annotated[
        Path | None,
        _option(
            "--run-dir",
            panel=RUN,
            metavar="DIR",
            text="Checkpoint and history (FILE without ending, plus .run).",
        ),
    ] = None
    device: Annotated[
        str,
        _option(
            "--device", panel=RUN, metavar="NAME", text="auto, cpu, cuda, cuda:N or mps (auto)."
        ),
    ] = "auto"
    quiet: Annotated[
        bool, _option("--quiet", "-q", panel=RUN, text="Nothing on standard error but errors.")
    ] = False
    verbose: Annotated[
        bool, _option("--verbose", "-v", panel=RUN, text="Tracebacks of internal errors.")
    ] = False
    no_progress: Annotated[bool, _option("--no-progress", panel=RUN, text="No progress bar.")] = (
        False
    )
    val_data: Annotated[
        list[Path] | None,
        _option("--val-data", panel=DATA, metavar="DATA", text="Validate on this. Repeatable."),
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
            text="Else hold out this share, by folder or photo, where DATA has no val split (0.1).",
        ),
    ] = 0.1
    kinds: Annotated[
        str | None,
        _option(
            "--kinds",
            panel=DATA,
            metavar="LIST",
            text="Of gen-data folders only these kinds; of inpainted, segment learns the hole.",
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
            text="multi: share of pairs made of clean images, beside labelled ones (0.5).",
        ),
    ] = None
    balance: Annotated[
        bool | None,
        _option("--balance/--no-balance", panel=DATA, text="All classes equally often."),
    ] = None
    augment: Annotated[
        float | None,
        _option(
            "--augment",
            panel=DATA,
            min=0,
            max=1,
            metavar="SHARE",
            text="Rotate, add noise, change tone or colour of this share of images.",
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
        Fit | None, _option("--fit", panel=DATA, text="Resize whole images, or cut tiles of them.")
    ] = None
    arch: Annotated[
        str | None,
        _option(
            "--arch",
            panel=NETWORK,
            metavar="NAME",
            text="Any classifier of timm or torchvision; segment: scannet, fcn_resnet50, nixnet; "
            "multi: scannet, tracenet; inpainter: gated, partial, fourier.",
        ),
    ] = None
    arch_arg: Annotated[
        list[str] | None,
        _option(
            "--arch-arg",
            panel=NETWORK,
            metavar="NAME=VALUE",
            text="One more argument of the network, e.g. preset=60m. Repeatable.",
        ),
    ] = None
    pretrained: Annotated[
        bool | None,
        _option(
            "--pretrained/--no-pretrained",
            panel=NETWORK,
            text="Download the published weights of --arch and start from them.",
        ),
    ] = None
    pretrained_from: Annotated[
        Path | None,
        _option(
            "--pretrained-from",
            panel=NETWORK,
            metavar="FILE",
            text="Start from a local .safetensors file of --arch.",
        ),
    ] = None
    residual: Annotated[
        bool | None,
        _option("--residual/--no-residual", panel=NETWORK, text="Noise residuals beside RGB."),
    ] = None
    freeze_backbone: Annotated[
        bool | None,
        _option("--freeze-backbone/--train-backbone", panel=NETWORK, text="Train the head alone."),
    ] = None
    loss: Annotated[Loss | None, _option("--loss", panel=LOSS, text="Of scores or maps.")] = None
    gamma: Annotated[
        float | None, _option("--gamma", panel=LOSS, min=0, text="Focusing of the focal loss (2).")
    ] = None
    alpha: Annotated[
        float | None, _option("--alpha", panel=LOSS, min=0, text="localize: weight of detection.")
    ] = None
    beta: Annotated[
        float | None, _option("--beta", panel=LOSS, min=0, text="localize: weight of the box.")
    ] = None
    box_loss: Annotated[
        BoxLoss | None, _option("--box-loss", panel=LOSS, text="localize: loss of the box.")
    ] = None
    adversarial: Annotated[
        float | None, _option("--adversarial", panel=LOSS, min=0, text="Generators: critic's word.")
    ] = None
    perceptual: Annotated[
        str | None, _option("--perceptual", panel=LOSS, metavar="download|FILE", text=_PERCEPTUAL)
    ] = None
    epochs: Annotated[
        float | None, _option("--epochs", panel=OPTIMISATION, min=0, text="Times through the data.")
    ] = None
    steps: Annotated[
        int | None,
        _option(
            "--steps",
            panel=OPTIMISATION,
            min=1,
            text="multi, autoencoder, inpainter: length (30000; with --init 2000).",
        ),
    ] = None
    batch_size: Annotated[
        int | None, _option("--batch-size", panel=OPTIMISATION, min=1, text="Images a step.")
    ] = None
    accumulate: Annotated[
        int | None,
        _option("--accumulate", panel=OPTIMISATION, min=1, text="Parts a step is computed in (1)."),
    ] = None
    optimizer: Annotated[
        Optimizer | None, _option("--optimizer", panel=OPTIMISATION, text="How weights are moved.")
    ] = None
    learning_rate: Annotated[
        float | None,
        _option("--learning-rate", "--lr", panel=OPTIMISATION, min=0, text="Peak rate."),
    ] = None
    weight_decay: Annotated[
        float | None, _option("--weight-decay", panel=OPTIMISATION, min=0, text="Of matrices.")
    ] = None
    schedule: Annotated[
        Schedule | None, _option("--schedule", panel=OPTIMISATION, text="Of the learning rate.")
    ] = None
    warmup: Annotated[
        int | None, _option("--warmup", panel=OPTIMISATION, min=0, text="Steps of rising rate.")
    ] = None
    clip: Annotated[
        float | None, _option("--clip", panel=OPTIMISATION, min=0, text="Largest gradient; 0: any.")
    ] = None
    ema: Annotated[
        float | None,
        _option(
            "--ema", panel=OPTIMISATION, min=0, max=1, text="Decay of averaged weights; 0: none."
        ),
    ] = None
    precision: Annotated[
        Precision | None, _option("--precision", panel=OPTIMISATION, text="Number format (fp32).")
    ] = None
    patience: Annotated[
        int | None,
        _option("--patience", panel=OPTIMISATION, min=1, text="Stop after so many stale epochs."),
    ] = None
    validate_every: Annotated[
        int | None,
        _option("--validate-every", panel=OPTIMISATION, min=1, text="Steps (an epoch, or 1000)."),
    ] = None
    seed: Annotated[
        int | None, _option("--seed", panel=OPTIMISATION, min=0, text="Of everything random (0).")
    ] = None
    workers: Annotated[
        int | None, _option("--workers", panel=OPTIMISATION, min=0, text="Loader processes (1).")
    ] = None
    member: Annotated[
        list[Path] | None,
        _option("--member", panel=ENSEMBLE, metavar="FILE", text="A model to stack. Repeatable."),
    ] = None
    stacker: Annotated[
        Stacker | None, _option("--stacker", panel=ENSEMBLE, text="Over the scores (logistic).")
    ] = None


def with_train_options(command: Callable[[TrainOptions], ExitStatus]) -> Callable[..., ExitStatus]:
    """Give a command train's options; it gets them as one value."""

    def call(**values: Any) -> ExitStatus:  # noqa: ANN401
        return command(TrainOptions(**values))

    return with_parameters(command, call, parameters_of(TrainOptions))
