"""How to train: settings that are options of `train` as well, each with its own default.

An option that is not given leaves the setting to the recipe, or to the task.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from inpaintscan.option import option

ImageTaskName = Literal["detect", "localize", "segment"]
IMAGES: tuple[ImageTaskName, ...] = ("detect", "localize", "segment")
STEPPED = ("multi", "autoencoder", "inpainter")
TRAINED = (*IMAGES, *STEPPED)
"""Tasks that take an option."""
DATA, NETWORK, LOSS, OPTIMISATION = "Data", "Network", "Loss", "Optimisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """What every training by gradients is told; 0 of `clip` and `ema` is none of it."""

    batch_size: int = option(32, OPTIMISATION, "Images per step.", "N", least=1, only=TRAINED)
    """Over all processes and gradient-accumulation steps."""
    accumulate: int = option(
        1, OPTIMISATION, "Gradient-accumulation steps (default 1).", "N", least=1, only=TRAINED
    )
    optimizer: Literal["adamw", "adam", "sgd"] = option(
        "adamw", OPTIMISATION, "Optimizer.", only=TRAINED
    )
    learning_rate: float = option(
        1e-3,
        OPTIMISATION,
        "Peak learning rate.",
        "RATE",
        flags="--learning-rate --lr",
        least=0,
        only=TRAINED,
    )
    weight_decay: float = option(1e-2, OPTIMISATION, "Weight decay.", "RATE", least=0, only=TRAINED)
    schedule: Literal["cosine", "constant", "plateau"] = option(
        "cosine", OPTIMISATION, "Learning-rate schedule.", only=TRAINED
    )
    """`plateau` divides the rate by ten when the metric was flat for `patience` // 2 rounds."""
    warmup: int = option(100, OPTIMISATION, "Warm-up steps.", "N", least=0, only=TRAINED)
    clip: float = option(
        1.0, OPTIMISATION, "Largest gradient norm; 0: no limit.", "NORM", least=0, only=TRAINED
    )
    ema: float = option(
        0.0,
        OPTIMISATION,
        "Decay of the averaged weights; 0: no averaging.",
        "DECAY",
        least=0,
        most=1,
        only=TRAINED,
    )
    precision: Literal["fp32", "bf16"] = option(
        "fp32", OPTIMISATION, "Number format (default fp32).", only=TRAINED
    )
    patience: int | None = option(
        None,
        OPTIMISATION,
        "Stop after this many validations without improvement.",
        "N",
        least=1,
        only=TRAINED,
    )
    seed: int = option(0, OPTIMISATION, "Random seed (default 0).", "N", least=0)
    workers: int = option(1, OPTIMISATION, "Processes that load data (default 1).", "N", least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig(Optimisation):
    """What the loop is told; what to train is the task's."""

    steps: int = option(
        ...,
        OPTIMISATION,
        "multi, autoencoder, inpainter: training steps (default 30000; 2000 with --init).",
        "N",
        least=1,
        only=STEPPED,
    )
    validate_every: int = option(
        1000,
        OPTIMISATION,
        "Steps between validations (default: an epoch, or 1000).",
        "N",
        least=1,
        only=STEPPED,
    )
    momentum: float = 0.9
    """Of SGD, or the first one of Adam; networks that play against each other want less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings(Optimisation):
    """A network of the tasks detect, localize and segment: its input, loss and optimisation."""

    task: ImageTaskName
    balance: bool = option(
        True, DATA, "Draw all classes equally often.", flags="--balance/--no-balance", only=IMAGES
    )
    augment: float = option(
        0.0,
        DATA,
        "Share of images to augment: rotation, noise, tone, colour.",
        "SHARE",
        least=0,
        most=1,
        only=IMAGES,
    )
    flip: bool = option(
        True, DATA, "Mirror half of the images.", flags="--flip/--no-flip", only=IMAGES
    )
    size: int = 224
    """Side of the square input in pixels."""
    fit: Literal["resize", "tile"] = option(
        "resize", DATA, "Resize whole images, or cut tiles from them.", only=IMAGES
    )
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
    loss: Literal["bce", "cross-entropy", "focal", "bce-dice"] = option(
        "bce", LOSS, "Loss of scores or maps.", only=IMAGES
    )
    gamma: float = option(
        2.0,
        LOSS,
        "Focusing parameter of the focal loss (default 2).",
        "NUMBER",
        least=0,
        only=IMAGES,
    )
    alpha: float = option(
        1.0, LOSS, "localize: weight of the detection loss.", "WEIGHT", least=0, only=("localize",)
    )
    beta: float = option(
        1.0, LOSS, "localize: weight of the box loss.", "WEIGHT", least=0, only=("localize",)
    )
    box_loss: Literal["mse", "smooth-l1", "giou"] = option(
        "smooth-l1", LOSS, "localize: loss of the box.", only=("localize",)
    )
    box_pixels: bool = False
    """Whether `mse` and `smooth-l1` measure in pixels of the input instead of shares of it."""
    epochs: float = option(10, OPTIMISATION, "Passes over the data.", "N", least=0, only=IMAGES)
    learning_rate: float = 1e-4
    warmup: int = 0

    def loop_config(self, images: int) -> LoopConfig:
        """Return the loop's configuration for a training set of so many images."""
        epoch = max(1, round(images / self.batch_size))
        steps = max(1, round(self.epochs * images / self.batch_size))
        shared = {one.name: getattr(self, one.name) for one in fields(Optimisation)}
        return LoopConfig(steps=steps, validate_every=epoch, **shared)
