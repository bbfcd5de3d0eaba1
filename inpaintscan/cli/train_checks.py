"""Which options of `train` go with which task; one that would be ignored is refused."""

from __future__ import annotations

from dataclasses import fields

from inpaintscan.cli.train_choices import Task
from inpaintscan.cli.train_options import TrainOptions
from inpaintscan.errors import UsageError

IMAGE_TASKS = (Task.DETECT, Task.LOCALIZE, Task.SEGMENT)
_STEP_TASKS = (Task.MULTI, Task.AUTOENCODER, Task.INPAINTER)
_LABELLED = (*IMAGE_TASKS, Task.MULTI, Task.ENSEMBLE)
_TRAINED = (*IMAGE_TASKS, *_STEP_TASKS)
_ONLY = {
    "steps": _STEP_TASKS,
    "validate_every": _STEP_TASKS,
    "adversarial": (Task.AUTOENCODER, Task.INPAINTER),
    "perceptual": (Task.INPAINTER,),
    "member": (Task.ENSEMBLE,),
    "stacker": (Task.ENSEMBLE,),
    "replay": (Task.MULTI,),
    "init": (*IMAGE_TASKS, Task.MULTI),
    "val_data": _LABELLED,
    "val": _LABELLED,
    "allow_outside": _LABELLED,
    "kinds": (*IMAGE_TASKS, Task.ENSEMBLE),
    "arch": (*IMAGE_TASKS, Task.MULTI, Task.INPAINTER),
    **dict.fromkeys(("pretrained", "pretrained_from", "fit", "balance", "flip"), IMAGE_TASKS),
    **dict.fromkeys(("augment", "loss", "gamma", "epochs"), IMAGE_TASKS),
    **dict.fromkeys(("alpha", "beta", "box_loss"), (Task.LOCALIZE,)),
    **dict.fromkeys(("freeze_backbone", "residual"), (Task.DETECT, Task.LOCALIZE)),
    **dict.fromkeys(("resume", "run_dir", "size", "arch_arg", "batch_size"), _TRAINED),
    **dict.fromkeys(("accumulate", "optimizer", "learning_rate", "weight_decay"), _TRAINED),
    **dict.fromkeys(("schedule", "warmup", "clip", "ema", "precision", "patience"), _TRAINED),
}
"""Options that some tasks alone take."""
_NOT_WITH_INIT = ("arch", "arch_arg", "residual", "pretrained", "pretrained_from", "fit")
"""What the network to go on with brings along."""
_CHOICES = {
    ("loss", Task.DETECT): ("bce", "cross-entropy", "focal"),
    ("loss", Task.LOCALIZE): ("bce", "focal"),
    ("loss", Task.SEGMENT): ("bce", "focal", "bce-dice"),
    ("arch", Task.MULTI): ("scannet", "tracenet"),
    ("arch", Task.INPAINTER): ("gated", "partial", "fourier"),
}
"""What an option can be for a task, where that is not the same for all."""


def check_options(options: TrainOptions, task: Task) -> None:
    """Check that every option that was given is one that the task takes.

    Raises:
        UsageError: naming the first that is not.
    """
    for name, tasks in _ONLY.items():
        if _given(options, name) and task not in tasks:
            raise UsageError(f"{_flag(name)} is not for --task {task}")
    weights = [path for path in options.data if path.suffix == ".safetensors"]
    if options.pretrained and weights:
        raise UsageError(f"--pretrained takes no file: write --pretrained-from {weights[0]}")
    if options.init is not None:
        _check_init(options, options.init)
    for (name, own), choices in _CHOICES.items():
        value = getattr(options, name)
        if own is task and value is not None and value not in choices:
            raise UsageError(f"{_flag(name)} {value}: --task {task} takes {', '.join(choices)}")


def _check_init(options: TrainOptions, init: str) -> None:
    from inpaintscan.weights import read_card, resolve_model

    resized = read_card(resolve_model(init)).input.fit == "resize"
    for name in (*_NOT_WITH_INIT, *(["size"] if resized else [])):
        if _given(options, name):
            raise UsageError(f"{_flag(name)} is not for --init: {init} sets it")


def _given(options: TrainOptions, name: str) -> bool:
    default = next(item.default for item in fields(options) if item.name == name)
    return bool(getattr(options, name) != default)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
