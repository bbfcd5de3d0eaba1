"""Which options of `train` go with which task; one that would be ignored is refused."""

from __future__ import annotations

from inpaintscan.errors import UsageError
from inpaintscan.jobs.train_options import Task, TrainOptions
from inpaintscan.option import Option, changes_of, given_options

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
    for flag, option in given.values():
        if option.only and task not in option.only:
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
