"""From the options of `train` to the settings of its task, and the plots of its history."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inpaintscan.errors import UsageError
from inpaintscan.files import write_bytes
from inpaintscan.jobs.messages import say
from inpaintscan.jobs.train_options import Task, TrainOptions, check_options
from inpaintscan.train.recipes import DEFAULTS, find_recipe
from inpaintscan.train.settings import IMAGES, ImageSettings, LoopConfig
from inpaintscan.weights import Card, resolve_model

if TYPE_CHECKING:
    from inpaintscan.data.samples import Dataset

STEPS = 30_000
"""Length of a multi, autoencoder or inpainter training from scratch, where none is given."""
FINE_STEPS = 2_000
"""Length of fine-tuning."""
_FINE = {"learning_rate": 2e-4}


def run_train(options: TrainOptions, run_dir: Path) -> Card:
    """Train what the options ask for and return the card of the written weights.

    Raises:
        UsageError: if options do not fit together.
    """
    if options.output.suffix != ".safetensors":
        raise UsageError(f"--output {options.output}: must end in .safetensors")
    task = _task(options)
    check_options(options, task)
    if options.recipe is not None and first_process():
        recipe = find_recipe(options.recipe)
        say(f"recipe {options.recipe}: {recipe.work}; {recipe.note}")
    if task in IMAGES:
        return _train_images(options, task, run_dir)
    if task == "ensemble":
        return _train_ensemble(options)
    if task == "multi":
        return _train_multi(options, run_dir)
    return _train_generator(options, task, run_dir)


def _task(options: TrainOptions) -> Task:
    if options.recipe is None:
        if options.task is None:
            raise UsageError("say what to train: --task NAME or --recipe NAME")
        return options.task
    recipe = find_recipe(options.recipe)
    own = recipe.settings.task
    if options.task not in {None, own, "ensemble" if recipe.stacker else None}:
        raise UsageError(f"--recipe {options.recipe} is for --task {own}, not {options.task}")
    return options.task or own


def first_process() -> bool:
    """Return whether this process is the one of `torchrun`'s that writes and speaks."""
    return int(os.environ.get("RANK", "0")) == 0


def _init(options: TrainOptions) -> Path | None:
    return None if options.init is None else resolve_model(options.init)


def _train_images(options: TrainOptions, task: Task, run_dir: Path) -> Card:
    from inpaintscan.train.tasks.image_tasks import train_images

    start = find_recipe(options.recipe).settings if options.recipe else DEFAULTS[task]
    if options.pretrained is not None or options.arch is not None:
        start = replace(start, pretrained="download" if options.pretrained else None)
    if options.pretrained_from is not None:
        start = replace(start, pretrained=str(options.pretrained_from))
    if options.arch is not None and options.arch != start.arch:
        start = replace(start, arch=options.arch, arch_args={})
    settings = replace(
        start,
        **_changes_of(options, ImageSettings),
        size=options.size or start.size,
        arch_args={**start.arch_args, **_arch_arguments(options)},
    )
    train_set, val_set = _read_data(options)
    return train_images(
        train_set, val_set, options.output, settings, run_dir, options.resume, _init(options)
    )


def _read_data(options: TrainOptions) -> tuple[Dataset, Dataset]:
    """Return the images to train on and to validate on."""
    from inpaintscan.data.splits import split_dataset

    sets = [_of_kinds(path, options) for path in options.data]
    if options.val_data:
        held_out = [_of_kinds(path, options) for path in options.val_data]
        return _join(sets, "train"), _join(held_out, "val")
    seed = options.changes.get("seed", 0)
    parts = [split_dataset(data, val=options.val, seed=seed) for data in sets]
    return _join([train for train, _ in parts], ""), _join([val for _, val in parts], "")


def _of_kinds(path: Path, options: TrainOptions) -> Dataset:
    """Read a data set; where kinds are named, whole frames teach a region: their hole."""
    from inpaintscan.data import read_dataset
    from inpaintscan.data.layouts import read_holes

    data = read_dataset(path, allow_outside=options.allow_outside)
    kinds = options.kinds
    if kinds is None:
        return data
    if _task(options) in {"localize", "segment"}:
        data = read_holes(data)
    wanted = set(kinds.split(","))
    kept = [sample for sample in data if sample.kind in wanted]
    if not kept:
        there = sorted({sample.kind for sample in data} - {""})
        raise UsageError(f"--kinds {kinds}: {path} has {', '.join(there) or 'no kinds'}")
    return data.with_samples(kept)


def _join(sets: list[Dataset], split: str) -> Dataset:
    """Return the samples of all sets; of one split, where a set has it."""
    chosen = [data.of(split=split) or data if split else data for data in sets]
    return sets[0].with_samples([sample for data in chosen for sample in data])


def _train_ensemble(options: TrainOptions) -> Card:
    from inpaintscan.train.tasks.ensemble import EnsembleSettings, train_ensemble

    published = None if options.recipe is None else find_recipe(options.recipe).stacker
    settings = EnsembleSettings(
        stacker=options.stacker or published or "logistic", **_changes_of(options, EnsembleSettings)
    )
    train_set, val_set = _read_data(options)
    return train_ensemble(list(options.member), train_set, val_set, options.output, settings)


def _train_multi(options: TrainOptions, run_dir: Path) -> Card:
    from inpaintscan.data.layouts import is_plain
    from inpaintscan.train.tasks.multi import MultiSettings, train_multi

    for folder in (*options.data, *(options.val_data)):
        if first_process() and is_plain(folder):
            say(f"{folder}: no labels; all its images count as clean photos")
    start = MultiSettings()
    settings = replace(
        start,
        arch_args=_arch_arguments(options),
        pairs=replace(start.pairs, crop=options.size or start.pairs.crop),
        **_given(arch=options.arch, replay=options.replay),
    )
    return train_multi(
        options.data,
        options.output,
        settings,
        _loop(options),
        run_dir,
        options.resume,
        _init(options),
        options.val,
        options.val_data,
        replay_workers=os.cpu_count() or 1,
        allow_outside=options.allow_outside,
    )


def _train_generator(options: TrainOptions, task: Task, run_dir: Path) -> Card:
    given = _given(crop=options.size, adversarial=options.adversarial)
    run = _loop(options), run_dir, options.resume
    if task == "autoencoder":
        from inpaintscan.train.tasks.autoencoder import AutoencoderSettings, train_autoencoder

        how = AutoencoderSettings(arch=_arch_arguments(options), **given)
        return train_autoencoder(options.data, options.output, how, *run)
    from inpaintscan.train.tasks.inpainter import InpainterSettings, train_inpainter

    given |= _given(arch=options.arch, perceptual=options.perceptual)
    settings = InpainterSettings(arch_args=_arch_arguments(options), **given)
    return train_inpainter(options.data, options.output, settings, *run)


def _loop(options: TrainOptions) -> LoopConfig:
    start = {"steps": STEPS} if options.init is None else {"steps": FINE_STEPS, **_FINE}
    return LoopConfig(**start | _changes_of(options, LoopConfig))


def _given(**values: object) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _changes_of(options: TrainOptions, settings: type[Any]) -> dict[str, Any]:
    """Return the changes that a kind of settings has a field for."""
    names = {item.name for item in fields(settings)}
    return {name: value for name, value in options.changes.items() if name in names}


def _arch_arguments(options: TrainOptions) -> dict[str, Any]:
    """Return `--arch-arg NAME=VALUE` as arguments; a value is JSON, else text.

    Raises:
        UsageError: if one has no `=`.
    """
    arguments: dict[str, Any] = {}
    for text in options.arch_arg:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--arch-arg {text}: write NAME=VALUE")
        try:
            arguments[name] = json.loads(value)
        except ValueError:
            arguments[name] = value
    return arguments


def write_plots(run_dir: Path) -> list[Path]:
    """Draw `history.csv` of a run: the losses in `loss.png`, the other figures in `metrics.png`.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    from inpaintscan.eval.reports.plots import Series, check_plots, line_plot, to_bytes

    history = run_dir / "history.csv"
    if not history.is_file():
        return []
    check_plots()
    with history.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in {"step", "seconds"}] if rows else []
    steps = [float(row["step"]) for row in rows]
    written = []
    for stem, shown in (
        ("loss", [name for name in names if name.endswith("_loss") and "minus" not in name]),
        ("metrics", [name for name in names if not name.endswith("_loss")]),
    ):
        series = [Series(name, steps, [float(row[name]) for row in rows]) for name in shown]
        if series:
            path = run_dir / f"{stem}.png"
            shares = all(0 <= value <= 1 for one in series for value in one.y)
            limits = (0.0, 1.0) if shares and stem == "metrics" else None
            write_bytes(path, to_bytes(line_plot(series, stem, "step", stem, y_range=limits)))
            written.append(path)
    return written
