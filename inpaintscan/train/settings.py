"""How to train: settings that are options of `train` as well, each with its own default.

An option that is not given leaves the setting to the recipe, or to the task.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from inpaintscan.option import option, under

ImageTaskName = Literal["detect", "localize", "segment"]
IMAGES: tuple[ImageTaskName, ...] = get_args(ImageTaskName)
STEPPED = ("multi", "autoencoder", "inpainter")
TRAINED = (*IMAGES, *STEPPED)
"""Tasks that take an option."""
BoxLoss = Literal["mse", "smooth-l1", "giou"]
Stacker = Literal["logistic", "forest", "svc"]
DATA, NETWORK, LOSS, OPTIMISATION = "Data", "Network", "Loss", "Optimisation"

_optimisation = under(OPTIMISATION, only=TRAINED)
_data = under(DATA, only=IMAGES)
_loss = under(LOSS, only=("localize",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """What every training by gradients is told; 0 of `clip` and `ema` is none of it."""

    batch_size: int = _optimisation(32, "Images per step.", "N", least=1)
    """Over all processes and gradient-accumulation steps."""
    accumulate: int = _optimisation(1, "Gradient-accumulation steps (default 1).", "N", least=1)
    optimizer: Literal["adamw", "adam", "sgd"] = _optimisation("adamw", "Optimizer.")
    learning_rate: float = _optimisation(
        1e-3, "Peak learning rate.", "RATE", flags="--learning-rate --lr", least=0
    )
    weight_decay: float = _optimisation(1e-2, "Weight decay.", "RATE", least=0)
    schedule: Literal["cosine", "constant", "plateau"] = _optimisation(
        "cosine", "Learning-rate schedule."
    )
    """`plateau` divides the rate by ten when the metric was flat for `patience` // 2 rounds."""
    warmup: int = _optimisation(100, "Warm-up steps.", "N", least=0)
    clip: float = _optimisation(1.0, "Largest gradient norm; 0: no limit.", "NORM", least=0)
    ema: float = _optimisation(
        0.0, "Decay of the averaged weights; 0: no averaging.", "DECAY", least=0, most=1
    )
    precision: Literal["fp32", "bf16"] = _optimisation("fp32", "Number format (default fp32).")
    patience: int | None = _optimisation(
        None, "Stop after this many validations without improvement.", "N", least=1
    )
    seed: int = option(0, OPTIMISATION, "Random seed (default 0).", "N", least=0)
    workers: int = option(1, OPTIMISATION, "Processes that load data (default 1).", "N", least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig(Optimisation):
    """What the loop is told; what to train is the task's."""

    steps: int = _optimisation(
        ...,
        "multi, autoencoder, inpainter: training steps (default 30000; 2000 with --init).",
        "N",
        least=1,
        only=STEPPED,
    )
    validate_every: int = _optimisation(
        1000, "Steps between validations (default: an epoch, or 1000).", "N", least=1, only=STEPPED
    )
    momentum: float = 0.9
    """Of SGD, or the first one of Adam; networks that play against each other want less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings(Optimisation):
    """A network of the tasks detect, localize and segment: its input, loss and optimisation."""

    task: ImageTaskName
    balance: bool = _data(True, "Draw all classes equally often.", flags="--balance/--no-balance")
    augment: float = _data(
        0.0, "Share of images to augment: rotation, noise, tone, colour.", "SHARE", least=0, most=1
    )
    flip: bool = _data(True, "Mirror half of the images.", flags="--flip/--no-flip")
    size: int = 224
    """Side of the square input in pixels."""
    fit: Literal["resize", "tile"] = _data("resize", "Resize whole images, or cut tiles from them.")
    arch: str
    """A classifier of timm or torchvision for `detect` and `localize`; for `segment` one of
    `scannet`, `fcn_resnet50`, `nixnet`."""
    arch_args: dict[str, Any] = field(default_factory=dict)
    """More arguments of a segmentation network, e.g. `preset`."""
    pretrained: str | None = None
    """`download`, or a .safetensors file of that architecture."""
    residual: bool = option(
        False,
        NETWORK,
        "Feed noise residuals beside RGB.",
        flags="--residual/--no-residual",
        only=("detect", "localize"),
    )
    freeze_backbone: bool = option(
        False,
        NETWORK,
        "Train only the head.",
        flags="--freeze-backbone/--train-backbone",
        only=("detect", "localize"),
    )
    loss: Literal["bce", "cross-entropy", "focal", "bce-dice"] = _loss(
        "bce", "Loss of scores or maps.", only=IMAGES
    )
    gamma: float = _loss(
        2.0, "Focusing parameter of the focal loss (default 2).", "NUMBER", least=0, only=IMAGES
    )
    alpha: float = _loss(1.0, "localize: weight of the detection loss.", "WEIGHT", least=0)
    beta: float = _loss(1.0, "localize: weight of the box loss.", "WEIGHT", least=0)
    box_loss: BoxLoss = _loss("smooth-l1", "localize: loss of the box.")
    box_pixels: bool = False
    """Whether `mse` and `smooth-l1` measure in pixels of the input instead of shares of it."""
    epochs: float = _optimisation(10, "Passes over the data.", "N", least=0, only=IMAGES)
    learning_rate: float = 1e-4
    warmup: int = 0

    def loop_config(self, images: int) -> LoopConfig:
        """Return the loop's configuration for a training set of so many images."""
        epoch = max(1, round(images / self.batch_size))
        steps = max(1, round(self.epochs * images / self.batch_size))
        shared = {one.name: getattr(self, one.name) for one in fields(Optimisation)}
        return LoopConfig(steps=steps, validate_every=epoch, **shared)
