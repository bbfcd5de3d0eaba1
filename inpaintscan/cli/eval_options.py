"""The options of `inpaintscan eval`; those about the model are the ones every command has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from inpaintscan.cli.options import (
    MODEL,
    RESULTS,
    ScanOptions,
    complete_model,
)
from inpaintscan.cli.parameters import parameters_of, with_parameters
from inpaintscan.errors import ExitStatus

DATA, QUALITY = "Data", "Quality of fills"
SHARED = (
    "device", "batch_size", "workers", "threads", "precision", "threshold", "fpr", "quiet",
    "verbose", "no_progress",
)  # fmt: skip
"""The options that are taken over from `ScanOptions` as they are."""


class By(StrEnum):
    """What results can be grouped by."""

    METHOD = "method"
    KIND = "kind"
    CATEGORY = "category"
    SOURCE = "source"
    MASK_KIND = "mask_kind"


class Resample(StrEnum):
    """What the bootstrap draws."""

    IMAGE = "image"
    SOURCE = "source"


def _option(*names: str, panel: str, text: str, **more: Any) -> Any:  # noqa: ANN401
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What the user asked to be measured, and how it is shown."""

    datasets: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="DATASETS",
            help="Labelled data sets: a folder, .csv or .json of any layout `train` reads.",
            show_default=False,
        ),
    ] = None
    clean: Annotated[
        list[Path] | None,
        _option(
            "--clean",
            panel=DATA,
            metavar="FOLDER",
            text="Photos known to be clean: measure false positives by source. Repeatable.",
        ),
    ] = None
    split: Annotated[
        str | None,
        _option(
            "--split",
            panel=DATA,
            metavar="NAME",
            text="Split to measure on, or all (default: test, else all).",
        ),
    ] = None
    allow_outside: Annotated[
        bool,
        _option(
            "--allow-outside",
            panel=DATA,
            text="Read files that a table names outside its own folder.",
        ),
    ] = False
    holes: Annotated[
        bool,
        _option(
            "--holes",
            panel=DATA,
            text="Score the hole in frames that gen-data's inpainters rebuilt whole (Adler 2023).",
        ),
    ] = False
    by: Annotated[
        list[By] | None, _option("--by", panel=DATA, text="Also give figures by group. Repeatable.")
    ] = None
    pool: Annotated[
        bool, _option("--pool", panel=DATA, text="Also give figures over all data sets together.")
    ] = False
    perturb: Annotated[
        str | None,
        _option(
            "--perturb",
            panel=DATA,
            metavar="LIST",
            text="Also measure on altered copies: jpeg:50..100, webp:80, resize:0.5, crop:0.9, "
            "blur:1, noise:4, median:3, sharpen:1, vignette:0.5, tone:0.5, grey, caption, "
            "screenshot.",
        ),
    ] = None
    model: Annotated[
        list[str] | None,
        _option(
            "--model",
            panel=MODEL,
            metavar="NAME|FILE",
            autocompletion=complete_model,
            text="A shipped model or a .safetensors file (default inpaintscan). Repeatable.",
        ),
    ] = None
    metric: Annotated[
        list[str] | None,
        _option(
            "--metric", panel=RESULTS, metavar="NAME", text="Print only this metric. Repeatable."
        ),
    ] = None
    matrix: Annotated[
        bool,
        _option(
            "--matrix",
            panel=RESULTS,
            text="Also print a table of kinds trained on against kinds tested on.",
        ),
    ] = False
    report: Annotated[
        list[Path] | None,
        _option(
            "--report",
            panel=RESULTS,
            metavar="FILE",
            dir_okay=False,
            text="Write all figures: .json .csv .html. Repeatable.",
        ),
    ] = None
    per_image: Annotated[
        Path | None,
        _option(
            "--per-image",
            panel=RESULTS,
            metavar="FILE",
            dir_okay=False,
            text="Write a CSV with one row per image.",
        ),
    ] = None
    plots: Annotated[
        Path | None,
        _option(
            "--plots",
            panel=RESULTS,
            metavar="DIR",
            file_okay=False,
            text="Write PNGs and SVGs: ROC, verdicts, reliability, curves, the worst images.",
        ),
    ] = None
    resample: Annotated[
        Resample,
        _option("--resample", panel=RESULTS, text="What the bootstrap resamples (default image)."),
    ] = Resample.IMAGE
    bootstrap: Annotated[
        int,
        _option(
            "--bootstrap",
            panel=RESULTS,
            metavar="N",
            min=0,
            text="Bootstrap samples per interval (default 1000).",
        ),
    ] = 1000
    seed: Annotated[
        int,
        _option(
            "--seed",
            panel=RESULTS,
            metavar="N",
            min=0,
            text="Random seed of the bootstrap (default 0).",
        ),
    ] = 0
    minimum: Annotated[
        list[str] | None,
        _option(
            "--min",
            panel=RESULTS,
            metavar="METRIC=VALUE",
            text="Exit with status 1 if a metric is below this value. Repeatable.",
        ),
    ] = None
    quality: Annotated[
        Path | None,
        _option(
            "--quality",
            panel=QUALITY,
            metavar="FOLDER",
            text="Measure the fills of a gen-data folder, not a model: PSNR, SSIM, NIQE.",
        ),
    ] = None
    fid: Annotated[
        bool,
        _option(
            "--fid", panel=QUALITY, text="Also measure FID; needs the extra `fid` and many images."
        ),
    ] = False
    inception: Annotated[
        Path | None,
        _option(
            "--inception",
            panel=QUALITY,
            metavar="FILE",
            dir_okay=False,
            text="Local file of torch-fidelity's Inception weights (default: download them).",
        ),
    ] = None
    fit_niqe: Annotated[
        Path | None,
        _option(
            "--fit-niqe",
            panel=QUALITY,
            metavar="FOLDER",
            text="Fit NIQE's model to these pristine photos and write it to --output.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        _option(
            "--output", "-o", panel=QUALITY, metavar="FILE", text="File that --fit-niqe writes."
        ),
    ] = None


def with_eval_options(
    command: Callable[[EvalOptions, ScanOptions], ExitStatus],
) -> Callable[..., ExitStatus]:
    """Give a command eval's options and the shared ones; it gets both as values."""

    def call(**values: Any) -> ExitStatus:  # noqa: ANN401
        shared = {name: values.pop(name) for name in SHARED}
        return command(EvalOptions(**values), ScanOptions(**shared))

    parameters = [*parameters_of(EvalOptions), *parameters_of(ScanOptions, SHARED)]
    return with_parameters(command, call, parameters)
