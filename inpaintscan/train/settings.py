"""What `train` is told for the tasks detect, localize and segment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from inpaintscan.data.samples import Dataset, Sample
from inpaintscan.errors import DataError
from inpaintscan.train.loop import LoopConfig

ImageTaskName = Literal["detect", "localize", "segment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """A network, its input, its loss and its optimisation."""

    task: ImageTaskName
    arch: str
    """A classifier of timm or torchvision for `detect` and `localize`; for `segment` one of
    `scannet`, `fcn_resnet50`, `nixnet`."""
    arch_args: dict[str, Any] = field(default_factory=dict)
    """More arguments of a segmentation network, e.g. `preset`."""
    size: int = 224
    """Side of the square input in pixels."""
    fit: Literal["resize", "tile"] = "resize"
    """`resize`: the whole image at that size. `tile`: a crop of it at native resolution."""
    pretrained: str | None = None
    """`download`, or a .safetensors file of that architecture."""
    freeze_backbone: bool = False
    residual: bool = False
    """`detect` and `localize`: whether the backbone sees noise residuals beside RGB."""
    loss: Literal["bce", "cross-entropy", "focal", "bce-dice"] = "bce"
    gamma: float = 2.0
    """Focusing of the focal loss."""
    alpha: float = 1.0
    """Weight of the detection loss in `localize`."""
    beta: float = 1.0
    """Weight of the box loss in `localize`."""
    box_loss: Literal["mse", "smooth-l1", "giou"] = "smooth-l1"
    box_pixels: bool = False
    """Whether `mse` and `smooth-l1` measure in pixels of the input instead of shares of it."""
    augment: float = 0.0
    """Share of training images that get one of Baek's changes."""
    flip: bool = True
    balance: bool = True
    """Draw every class equally often."""
    epochs: float = 10
    batch_size: int = 32
    accumulate: int = 1
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: float = 1e-4
    weight_decay: float = 1e-2
    schedule: Literal["cosine", "constant", "plateau"] = "cosine"
    warmup: int = 0
    clip: float = 1.0
    ema: float = 0.0
    precision: Literal["fp32", "bf16"] = "fp32"
    patience: int | None = None
    seed: int = 0
    workers: int = 1

    def loop_config(self, images: int) -> LoopConfig:
        """Return the loop's configuration for a training set of so many images."""
        epoch = max(1, round(images / self.batch_size))
        steps = max(1, round(self.epochs * images / self.batch_size))
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        same = {one.name: own[one.name] for one in fields(LoopConfig) if one.name in own}
        return LoopConfig(steps=steps, validate_every=epoch, **same)


def find_classes(dataset: Dataset) -> tuple[str, ...]:
    """Return the manipulations in a data set that images are told apart by, in the card's order.

    Raises:
        DataError: if there are no clean images, or nothing but clean ones.
    """
    labels = {sample.label for sample in dataset}
    classes = tuple(name for name in ("inpainted", "generated") if name in labels)
    if not classes or "clean" not in labels:
        raise DataError(
            f"{dataset.root}: holds only {', '.join(sorted(labels))} images; training needs clean "
            "and manipulated ones"
        )
    return classes


def find_kinds(samples: Iterable[Sample]) -> list[str]:
    """Return the kinds of manipulation among samples, sorted: what `eval --matrix` reads."""
    return sorted({sample.kind for sample in samples if sample.manipulated} - {""})
