"""The options of `inpaintscan train`, and which of them go with which task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from inpaintscan.errors import UsageError
from inpaintscan.option import Option, changes_of, given_options, option, under
from inpaintscan.train.settings import (
    DATA,
    IMAGES,
    LOSS,
    NETWORK,
    TRAINED,
    ImageSettings,
    LoopConfig,
    Stacker,
)

RUN, ENSEMBLE = "Run", "Ensemble"
Task = Literal["detect", "localize", "segment", "multi", "autoencoder", "inpainter", "ensemble"]
LABELLED = (*IMAGES, "multi", "ensemble")
"""Tasks that learn from labels."""

_run = under(RUN)
_data = under(DATA, only=LABELLED)
_network = under(NETWORK)


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What is trained, on what and how; None where the recipe or the task decides."""

    data: tuple[Path, ...] = option(
        ...,
        "Arguments",
        "Labelled data sets: gen-data folders, real/ + fake/, images/ + masks/, .csv, .json. "
        "multi: also folders of photos. autoencoder, inpainter: only those.",
        "DATA",
        is_argument=True,
    )
    output: Path = _run(..., "The .safetensors file to write.", "FILE", flags="--output -o")
    task: Task | None = _run(
        None,
        "What to train: detect, localize, segment, multi, autoencoder, inpainter or ensemble "
        "(default: the recipe's).",
        "TASK",
    )
    recipe: str | None = _run(
        None,
        "Use the settings of a published work: baek2025, sideras2023, adler2023-fcn, "
        "adler2023-nix, tdanet, yin2023.",
        "NAME",
    )
    init: str | None = _run(
        None,
        "Start from these weights (fine-tuning).",
        "NAME|FILE",
        is_model=True,
        only=(*IMAGES, "multi"),
    )
    resume: bool = _run(False, "Continue an interrupted run.", only=TRAINED)
    run_dir: Path | None = _run(
        None,
        "Folder for checkpoint and history (default: that of --output, ending in .run).",
        "DIR",
        only=TRAINED,
    )
    device: str = _run("auto", "auto, cpu, cuda, cuda:N or mps (auto).", "NAME")
    quiet: bool = _run(False, "Show only errors on standard error.", flags="--quiet -q")
    verbose: bool = _run(False, "Show tracebacks of internal errors.", flags="--verbose -v")
    no_progress: bool = _run(False, "Show no progress bar.")
    val_data: tuple[Path, ...] = _data((), "Data set to validate on. Repeatable.", "DATA")
    allow_outside: bool = _data(False, "Read files that a table names outside its own folder.")
    val: float = _data(
        0.1,
        "Share of DATA to hold out, by folder or photo, if there is no val split (default 0.1).",
        "SHARE",
        least=0.01,
        most=0.9,
    )
    kinds: str | None = _data(
        None,
        "Use only these kinds of gen-data folders; in the kind inpainted, segment learns the hole.",
        "LIST",
        only=(*IMAGES, "ensemble"),
    )
    replay: float | None = _data(
        None,
        "multi: share of pairs made of clean images, beside labelled data (default 0.5).",
        "SHARE",
        least=0,
        most=1,
        only=("multi",),
    )
    size: int | None = _data(
        None, "Side of the input.", "PIXELS", least=16, most=2048, only=TRAINED
    )
    arch: str | None = _network(
        None,
        "A classifier of timm or torchvision; segment: scannet, fcn_resnet50, nixnet; multi: "
        "scannet, tracenet; inpainter: gated, partial, fourier.",
        "NAME",
        only=(*IMAGES, "multi", "inpainter"),
    )
    arch_arg: tuple[str, ...] = _network(
        (),
        "Another argument of the network, such as preset=60m. Repeatable.",
        "NAME=VALUE",
        only=TRAINED,
    )
    pretrained: bool | None = _network(
        None,
        "Start from the published weights of --arch, which are downloaded.",
        flags="--pretrained/--no-pretrained",
        only=IMAGES,
    )
    pretrained_from: Path | None = _network(
        None, "Start from a local .safetensors file for --arch.", "FILE", only=IMAGES
    )
    adversarial: float | None = option(
        None,
        LOSS,
        "autoencoder, inpainter: weight of the adversarial loss.",
        "WEIGHT",
        least=0,
        only=("autoencoder", "inpainter"),
    )
    perceptual: str | None = option(
        None,
        LOSS,
        "inpainter: VGG-16 weights for the perceptual and style losses.",
        "download|FILE",
        only=("inpainter",),
    )
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Settings that differ from the recipe's or the task's, by their names in `CHANGED`."""
    member: tuple[Path, ...] = option(
        (), ENSEMBLE, "A trained model to combine. Repeatable.", "FILE", only=("ensemble",)
    )
    stacker: Stacker | None = option(
        None, ENSEMBLE, "Classifier over the models' scores (default logistic).", only=("ensemble",)
    )

    CHANGED: ClassVar = (LoopConfig, ImageSettings)


_NOT_WITH_INIT = ("arch", "arch_arg", "residual", "pretrained", "pretrained_from", "fit")
"""What the network to go on with brings along."""
_CHOICES = {
    ("loss", "detect"): ("bce", "cross-entropy", "focal"),
    ("loss", "localize"): ("bce", "focal"),
    ("loss", "segment"): ("bce", "focal", "bce-dice"),
    ("arch", "multi"): ("scannet", "tracenet"),
    ("arch", "inpainter"): ("gated", "partial", "fourier"),
}
"""What an option can be for a task, where that is not the same for all."""


def check_options(options: TrainOptions, task: Task) -> None:
    """Check that every option that was given is one that the task takes.

    Raises:
        UsageError: naming the first that is not.
    """
    unknown = sorted(options.changes.keys() - changes_of(TrainOptions).keys())
    if unknown:
        raise UsageError(f"train has no setting {unknown[0]!r} to change")
    given = given_options(options)
    for flag, one in given.values():
        if one.only and task not in one.only:
            raise UsageError(f"{flag} is not for --task {task}")
    weights = [path for path in options.data if path.suffix == ".safetensors"]
    if options.pretrained and weights:
        raise UsageError(f"--pretrained takes no file: write --pretrained-from {weights[0]}")
    if options.init is not None:
        _check_init(given, options.init)
    for (name, own), choices in _CHOICES.items():
        value = options.arch if name == "arch" else options.changes.get(name)
        if own == task and value is not None and value not in choices:
            raise UsageError(f"{given[name][0]} {value}: --task {task} takes {', '.join(choices)}")


def _check_init(given: dict[str, tuple[str, Option]], init: str) -> None:
    from inpaintscan.weights import read_card, resolve_model

    resized = read_card(resolve_model(init)).input.fit == "resize"
    for name in (*_NOT_WITH_INIT, *(["size"] if resized else [])):
        if name in given:
            raise UsageError(f"{given[name][0]} is not for --init: {init} sets it")
