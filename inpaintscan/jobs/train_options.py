"""The options of `inpaintscan train`. What is left out is set by the recipe, or by the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from inpaintscan.errors import ExitStatus
from inpaintscan.jobs.parameters import parameters_of, with_parameters
from inpaintscan.jobs.scan_options import _option
from inpaintscan.jobs.train_choices import (
    BoxLoss,
    Loss,
    Optimizer,
    Precision,
    Schedule,
    Stacker,
)
from inpaintscan.jobs.train_setup import SetupOptions

LOSS, OPTIMISATION, ENSEMBLE = "Loss", "Optimisation", "Ensemble"
_PERCEPTUAL = "inpainter: VGG-16 weights for the perceptual and style losses."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions(SetupOptions):
    """What the user asked for; None where the recipe or the task decides."""

    loss: Annotated[Loss | None, _option("--loss", panel=LOSS, text="Loss of scores or maps.")] = (
        None
    )
    gamma: Annotated[
        float | None,
        _option(
            "--gamma",
            panel=LOSS,
            min=0,
            metavar="NUMBER",
            text="Focusing parameter of the focal loss (default 2).",
        ),
    ] = None
    alpha: Annotated[
        float | None,
        _option(
            "--alpha",
            panel=LOSS,
            min=0,
            metavar="WEIGHT",
            text="localize: weight of the detection loss.",
        ),
    ] = None
    beta: Annotated[
        float | None,
        _option(
            "--beta", panel=LOSS, min=0, metavar="WEIGHT", text="localize: weight of the box loss."
        ),
    ] = None
    box_loss: Annotated[
        BoxLoss | None, _option("--box-loss", panel=LOSS, text="localize: loss of the box.")
    ] = None
    adversarial: Annotated[
        float | None,
        _option(
            "--adversarial",
            panel=LOSS,
            min=0,
            metavar="WEIGHT",
            text="autoencoder, inpainter: weight of the adversarial loss.",
        ),
    ] = None
    perceptual: Annotated[
        str | None, _option("--perceptual", panel=LOSS, metavar="download|FILE", text=_PERCEPTUAL)
    ] = None
    epochs: Annotated[
        float | None,
        _option("--epochs", panel=OPTIMISATION, min=0, metavar="N", text="Passes over the data."),
    ] = None
    steps: Annotated[
        int | None,
        _option(
            "--steps",
            panel=OPTIMISATION,
            min=1,
            metavar="N",
            text="multi, autoencoder, inpainter: training steps (default 30000; 2000 with --init).",
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        _option("--batch-size", panel=OPTIMISATION, min=1, metavar="N", text="Images per step."),
    ] = None
    accumulate: Annotated[
        int | None,
        _option(
            "--accumulate",
            panel=OPTIMISATION,
            min=1,
            metavar="N",
            text="Gradient-accumulation steps (default 1).",
        ),
    ] = None
    optimizer: Annotated[
        Optimizer | None, _option("--optimizer", panel=OPTIMISATION, text="Optimizer.")
    ] = None
    learning_rate: Annotated[
        float | None,
        _option(
            "--learning-rate",
            "--lr",
            panel=OPTIMISATION,
            min=0,
            metavar="RATE",
            text="Peak learning rate.",
        ),
    ] = None
    weight_decay: Annotated[
        float | None,
        _option("--weight-decay", panel=OPTIMISATION, min=0, metavar="RATE", text="Weight decay."),
    ] = None
    schedule: Annotated[
        Schedule | None, _option("--schedule", panel=OPTIMISATION, text="Learning-rate schedule.")
    ] = None
    warmup: Annotated[
        int | None,
        _option("--warmup", panel=OPTIMISATION, min=0, metavar="N", text="Warm-up steps."),
    ] = None
    clip: Annotated[
        float | None,
        _option(
            "--clip",
            panel=OPTIMISATION,
            min=0,
            metavar="NORM",
            text="Largest gradient norm; 0: no limit.",
        ),
    ] = None
    ema: Annotated[
        float | None,
        _option(
            "--ema",
            panel=OPTIMISATION,
            min=0,
            max=1,
            metavar="DECAY",
            text="Decay of the averaged weights; 0: no averaging.",
        ),
    ] = None
    precision: Annotated[
        Precision | None,
        _option("--precision", panel=OPTIMISATION, text="Number format (default fp32)."),
    ] = None
    patience: Annotated[
        int | None,
        _option(
            "--patience",
            panel=OPTIMISATION,
            min=1,
            metavar="N",
            text="Stop after this many validations without improvement.",
        ),
    ] = None
    validate_every: Annotated[
        int | None,
        _option(
            "--validate-every",
            panel=OPTIMISATION,
            min=1,
            metavar="N",
            text="Steps between validations (default: an epoch, or 1000).",
        ),
    ] = None
    seed: Annotated[
        int | None,
        _option("--seed", panel=OPTIMISATION, min=0, metavar="N", text="Random seed (default 0)."),
    ] = None
    workers: Annotated[
        int | None,
        _option(
            "--workers",
            panel=OPTIMISATION,
            min=0,
            metavar="N",
            text="Processes that load data (default 1).",
        ),
    ] = None
    member: Annotated[
        list[Path] | None,
        _option(
            "--member",
            panel=ENSEMBLE,
            metavar="FILE",
            text="A trained model to combine. Repeatable.",
        ),
    ] = None
    stacker: Annotated[
        Stacker | None,
        _option(
            "--stacker",
            panel=ENSEMBLE,
            text="Classifier over the models' scores (default logistic).",
        ),
    ] = None


def with_train_options(command: Callable[[TrainOptions], ExitStatus]) -> Callable[..., ExitStatus]:
    """Give a command train's options; it gets them as one value."""

    def call(**values: Any) -> ExitStatus:  # noqa: ANN401
        return command(TrainOptions(**values))

    return with_parameters(command, call, parameters_of(TrainOptions))
