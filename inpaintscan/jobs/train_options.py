"""The options of `inpaintscan train`. What is left out is set by the recipe, or by the task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from inpaintscan.jobs.train_setup import IMAGES, STEPPED, TRAINED, SetupOptions
from inpaintscan.option import Option

LOSS, OPTIMISATION, ENSEMBLE = "Loss", "Optimisation", "Ensemble"


@dataclass(frozen=True, kw_only=True)
class TrainOptions(SetupOptions):
    """What is trained, on what and how; None where the recipe or the task decides."""

    loss: Annotated[
        Literal["bce", "cross-entropy", "focal", "bce-dice"] | None,
        Option(LOSS, "Loss of scores or maps.", only=IMAGES),
    ] = None
    gamma: Annotated[
        float | None,
        Option(
            LOSS,
            "Focusing parameter of the focal loss (default 2).",
            "NUMBER",
            least=0,
            only=IMAGES,
        ),
    ] = None
    alpha: Annotated[
        float | None,
        Option(
            LOSS, "localize: weight of the detection loss.", "WEIGHT", least=0, only=("localize",)
        ),
    ] = None
    beta: Annotated[
        float | None,
        Option(LOSS, "localize: weight of the box loss.", "WEIGHT", least=0, only=("localize",)),
    ] = None
    box_loss: Annotated[
        Literal["mse", "smooth-l1", "giou"] | None,
        Option(LOSS, "localize: loss of the box.", only=("localize",)),
    ] = None
    adversarial: Annotated[
        float | None,
        Option(
            LOSS,
            "autoencoder, inpainter: weight of the adversarial loss.",
            "WEIGHT",
            least=0,
            only=("autoencoder", "inpainter"),
        ),
    ] = None
    perceptual: Annotated[
        str | None,
        Option(
            LOSS,
            "inpainter: VGG-16 weights for the perceptual and style losses.",
            "download|FILE",
            only=("inpainter",),
        ),
    ] = None
    epochs: Annotated[
        float | None, Option(OPTIMISATION, "Passes over the data.", "N", least=0, only=IMAGES)
    ] = None
    steps: Annotated[
        int | None,
        Option(
            OPTIMISATION,
            "multi, autoencoder, inpainter: training steps (default 30000; 2000 with --init).",
            "N",
            least=1,
            only=STEPPED,
        ),
    ] = None
    batch_size: Annotated[
        int | None, Option(OPTIMISATION, "Images per step.", "N", least=1, only=TRAINED)
    ] = None
    accumulate: Annotated[
        int | None,
        Option(
            OPTIMISATION, "Gradient-accumulation steps (default 1).", "N", least=1, only=TRAINED
        ),
    ] = None
    optimizer: Annotated[
        Literal["adamw", "adam", "sgd"] | None, Option(OPTIMISATION, "Optimizer.", only=TRAINED)
    ] = None
    learning_rate: Annotated[
        float | None,
        Option(
            OPTIMISATION,
            "Peak learning rate.",
            "RATE",
            flags="--learning-rate --lr",
            least=0,
            only=TRAINED,
        ),
    ] = None
    weight_decay: Annotated[
        float | None, Option(OPTIMISATION, "Weight decay.", "RATE", least=0, only=TRAINED)
    ] = None
    schedule: Annotated[
        Literal["cosine", "constant", "plateau"] | None,
        Option(OPTIMISATION, "Learning-rate schedule.", only=TRAINED),
    ] = None
    warmup: Annotated[
        int | None, Option(OPTIMISATION, "Warm-up steps.", "N", least=0, only=TRAINED)
    ] = None
    clip: Annotated[
        float | None,
        Option(OPTIMISATION, "Largest gradient norm; 0: no limit.", "NORM", least=0, only=TRAINED),
    ] = None
    ema: Annotated[
        float | None,
        Option(
            OPTIMISATION,
            "Decay of the averaged weights; 0: no averaging.",
            "DECAY",
            least=0,
            most=1,
            only=TRAINED,
        ),
    ] = None
    precision: Annotated[
        Literal["fp32", "bf16"] | None,
        Option(OPTIMISATION, "Number format (default fp32).", only=TRAINED),
    ] = None
    patience: Annotated[
        int | None,
        Option(
            OPTIMISATION,
            "Stop after this many validations without improvement.",
            "N",
            least=1,
            only=TRAINED,
        ),
    ] = None
    validate_every: Annotated[
        int | None,
        Option(
            OPTIMISATION,
            "Steps between validations (default: an epoch, or 1000).",
            "N",
            least=1,
            only=STEPPED,
        ),
    ] = None
    seed: Annotated[int | None, Option(OPTIMISATION, "Random seed (default 0).", "N", least=0)] = (
        None
    )
    workers: Annotated[
        int | None, Option(OPTIMISATION, "Processes that load data (default 1).", "N", least=0)
    ] = None
    member: Annotated[
        tuple[Path, ...],
        Option(ENSEMBLE, "A trained model to combine. Repeatable.", "FILE", only=("ensemble",)),
    ] = ()
    stacker: Annotated[
        Literal["logistic", "forest", "svc"] | None,
        Option(
            ENSEMBLE, "Classifier over the models' scores (default logistic).", only=("ensemble",)
        ),
    ] = None
