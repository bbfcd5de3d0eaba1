"""The tasks detect, localize and segment: from a data set to a weights file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from inpaintscan import __version__
from inpaintscan.data.checks import check_leaks, find_classes, find_kinds
from inpaintscan.data.samples import Dataset, Sample, read_size
from inpaintscan.errors import DataError, UsageError
from inpaintscan.findings import Box
from inpaintscan.nets import NETWORKS
from inpaintscan.train.calibration import calibrate, check_held_out
from inpaintscan.train.crops.examples import Examples
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.loop.loop import Batch, read_batches, train
from inpaintscan.train.settings import ImageSettings
from inpaintscan.train.tasks import detect, localize, segment
from inpaintscan.weights import Card, Input, load_network, read_card, write_weights

KINDS: dict[str, ModuleType] = {"detect": detect, "localize": localize, "segment": segment}
"""Each with ARCH or STRIDES, `network_arguments`, `loss`, `observe` and `figures`."""
SCAN_TILE = 1024
"""Tile side at which our own network scans, whatever the crops it was trained on."""


class ImageTask:
    """What the loop trains: examples, a loss, and figures on held-out images.

    The best weights are those of the lowest validation loss, whose negative is the metric.
    """

    metric = "minus_val_loss"

    def __init__(
        self,
        settings: ImageSettings,
        train_samples: Sequence[Sample],
        val_samples: Sequence[Sample],
        card: Card,
        network: nn.Module,
    ) -> None:
        self.settings, self.kind, self.network = settings, KINDS[settings.task], network
        same: dict[str, Any] = {"size": settings.size, "fit": settings.fit, "seed": settings.seed}
        self.samples: TorchDataset[Batch] = Examples(
            train_samples,
            card.classes,
            balance=settings.balance,
            augment_share=settings.augment,
            mirror=settings.flip,
            **same,
        )
        self.held_out = Examples(val_samples, card.classes, training=False, balance=False, **same)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        loss: Tensor = self.kind.loss(network(batch["image"]), batch, self.settings)
        return loss

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return the validation loss and the task's figures."""
        device = next(network.parameters()).device
        size = max(1, min(64, self.settings.batch_size))
        loader = DataLoader(
            self.held_out, batch_size=size, num_workers=self.settings.workers, shuffle=False
        )
        seen: list[dict[str, Tensor]] = []
        total = 0.0
        for batch in read_batches(loader):
            moved = {name: tensor.to(device) for name, tensor in batch.items()}
            prediction = network(moved["image"])
            total += float(self.kind.loss(prediction, moved, self.settings)) * len(batch["image"])
            observed = self.kind.observe(prediction, moved)
            seen.append({name: tensor.cpu() for name, tensor in observed.items()})
        joined = {name: torch.cat([part[name] for part in seen]) for name in seen[0]}
        loss = total / len(self.held_out)
        return {"val_loss": loss, **self.kind.figures(joined), self.metric: -loss}


def train_images(
    train_set: Dataset,
    val_set: Dataset,
    output: Path,
    settings: ImageSettings,
    run_dir: Path,
    resume: bool = False,
    init: Path | None = None,
) -> Card:
    """Train, calibrate on the validation images, write a weights file that scans; return its card.

    Raises:
        DataError: if the data lack what the task needs, or an image is in both sets.
        UsageError: if `init` is of another task, or settings do not fit together.
    """
    _check_truth(settings, train_set)
    check_leaks(train_set, val_set)
    check_held_out(val_set.samples)
    card, network = _start(settings, train_set, output, init)
    if init is not None:
        settings = _as_begun(settings, card)
    settings = _as_fed(settings, card)
    train_set, val_set = (_in_classes(data, card.classes) for data in (train_set, val_set))
    if settings.freeze_backbone:
        _freeze(network, settings)
    task = ImageTask(settings, train_set.samples, val_set.samples, card, network)
    config = settings.loop_config(len(train_set))
    network = train(task, config, run_dir, resume)
    processes = Processes.join()
    if not processes.first:
        processes.wait()
        return read_card(output)
    with torch.inference_mode():
        figures = task.validate(network)
    training = {
        "settings": asdict(settings),
        "loop": asdict(config),
        "data": {"train": len(train_set), "validation": len(val_set)},
        "kinds": find_kinds(train_set),
        "validation": figures,
    }
    card = replace(card, training={**card.training, **training})
    card = calibrate(network, card, val_set.samples)
    write_weights(output, network.cpu(), card)
    processes.wait()
    return read_card(output)


def _start(
    settings: ImageSettings, dataset: Dataset, output: Path, init: Path | None
) -> tuple[Card, nn.Module]:
    """Return the card and the network to begin with: new, or that of `init`."""
    classes = find_classes(dataset)
    if init is not None:
        network, old = load_network(init)
        if old.task != settings.task:
            raise UsageError(
                f"{init}: weights of task {old.task}; --task {settings.task} cannot go on with them"
            )
        return replace(
            old, name=output.stem, thresholds={}, calibration={}, tool_version=__version__
        ), network
    kind = KINDS[settings.task]
    arch = settings.arch if settings.task == "segment" else kind.ARCH
    if settings.task == "segment":
        if arch not in segment.STRIDES:
            raise UsageError(f"--arch {arch}: --task segment takes {', '.join(segment.STRIDES)}")
        classes = ("inpainted", "generated") if arch == "scannet" else ("inpainted",)
    elif settings.task == "localize":
        classes = ("inpainted",)
    arguments = kind.network_arguments(settings, classes)
    card = Card(
        name=output.stem,
        task=settings.task,
        arch=arch,
        arch_args=arguments,
        classes=classes,
        input=_input(settings, arch),
        tool_version=__version__,
    )
    torch.manual_seed(settings.seed)
    pretrained = {} if settings.pretrained is None else {"pretrained": settings.pretrained}
    try:
        return card, NETWORKS[arch](**arguments, **pretrained)
    except TypeError as error:
        raise UsageError(f"--arch {settings.arch}: {error}") from error


def _input(settings: ImageSettings, arch: str) -> Input:
    """Return the card's description of the input."""
    stride = segment.STRIDES.get(arch, 4) if settings.task == "segment" else 32
    if settings.size % stride:
        raise UsageError(
            f"--size {settings.size}: must be a multiple of {stride} for {settings.arch}"
        )
    own = arch == "scannet" and settings.fit == "tile"
    size = SCAN_TILE if own else settings.size
    multiple = 32 if own else settings.size
    return Input(settings.fit, size, multiple, stride)


def _as_begun(settings: ImageSettings, card: Card) -> ImageSettings:
    """Return the settings with the network of a card that training goes on with."""
    arguments = card.arch_args
    return replace(
        settings,
        arch=arguments.get("arch", card.arch),
        arch_args=arguments,
        residual=arguments.get("residual", False),
        pretrained=None,
    )


def _as_fed(settings: ImageSettings, card: Card) -> ImageSettings:
    """Return the settings with the input that the network of the card is used with."""
    if card.input.fit == "tile" or card.input.size is None:
        return replace(settings, fit="tile")
    return replace(settings, fit="resize", size=card.input.size)


def _in_classes(dataset: Dataset, classes: tuple[str, ...]) -> Dataset:
    """Return the data set with manipulations that the network has no class for as its only one.

    A frame generated whole is then inpainted in a box that is the whole frame; never is it clean.
    """
    return dataset.with_samples([_in_class(sample, classes) for sample in dataset])


def _in_class(sample: Sample, classes: tuple[str, ...]) -> Sample:
    if not sample.manipulated or sample.label in classes:
        return sample
    if sample.label == "inpainted":
        return replace(sample, label="generated")
    height, width = read_size(sample.image)
    return replace(sample, label="inpainted", box=Box(0, 0, width, height))


def _freeze(network: nn.Module, settings: ImageSettings) -> None:
    backbone = getattr(network, "backbone", None)
    if backbone is None or not hasattr(backbone, "freeze"):
        raise UsageError(f"--freeze-backbone: {settings.arch} has no backbone to freeze")
    backbone.freeze()


def _check_truth(settings: ImageSettings, dataset: Dataset) -> None:
    """Check that the data set says what the task learns from."""
    wanted = {"localize": "has_box", "segment": "has_mask"}.get(settings.task)
    if wanted is None:
        return
    inpainted = [sample for sample in dataset if sample.label == "inpainted"]
    if not any(getattr(sample, wanted) for sample in inpainted):
        what = "box or mask" if settings.task == "localize" else "mask"
        raise DataError(
            f"{dataset.root}: no inpainted image with a {what}; --task {settings.task} needs them"
        )
