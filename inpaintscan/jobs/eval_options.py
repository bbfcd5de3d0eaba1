"""The options of `inpaintscan eval`; those about computing are the ones every scan has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from inpaintscan.jobs.scan_options import MODEL, RESULTS, ComputingOptions, MessageOptions
from inpaintscan.option import Option

DATA, QUALITY = "Data", "Quality of fills"
MODELS, FILLS, FIT = "models", "--quality", "--fit-niqe"
"""What is measured: models, or fills, or neither but pristine photos."""
By = Literal["method", "kind", "category", "source", "mask_kind"]


_of_models = partial(Option, only=(MODELS,))
_of_both = partial(Option, RESULTS, only=(MODELS, FILLS))


@dataclass(frozen=True, kw_only=True)
class MeasureOptions:
    """What is measured, and how it is shown."""

    datasets: Annotated[
        tuple[Path, ...],
        Option(
            "Arguments",
            "Labelled data sets: a folder, .csv or .json of any layout `train` reads.",
            "DATASETS",
            is_argument=True,
            only=(MODELS,),
        ),
    ] = ()
    clean: Annotated[
        tuple[Path, ...],
        _of_models(
            DATA,
            "Photos known to be clean: measure false positives by source. Repeatable.",
            "FOLDER",
        ),
    ] = ()
    split: Annotated[
        str | None,
        _of_models(DATA, "Split to measure on, or all (default: test, else all).", "NAME"),
    ] = None
    allow_outside: Annotated[
        bool, _of_models(DATA, "Read files that a table names outside its own folder.")
    ] = False
    holes: Annotated[
        bool,
        _of_models(
            DATA,
            "Score the hole in frames that gen-data's inpainters rebuilt whole (Adler 2023).",
        ),
    ] = False
    by: Annotated[tuple[By, ...], _of_models(DATA, "Also give figures by group. Repeatable.")] = ()
    pool: Annotated[bool, _of_models(DATA, "Also give figures over all data sets together.")] = (
        False
    )
    perturb: Annotated[
        str | None,
        _of_models(
            DATA,
            "Also measure on altered copies: jpeg:50..100, webp:80, resize:0.5, crop:0.9, blur:1, "
            "noise:4, median:3, sharpen:1, vignette:0.5, tone:0.5, grey, caption, screenshot.",
            "LIST",
        ),
    ] = None
    model: Annotated[
        tuple[str, ...],
        _of_models(
            MODEL,
            "A shipped model or a .safetensors file (default inpaintscan). Repeatable.",
            "NAME|FILE",
            is_model=True,
        ),
    ] = ()
    metric: Annotated[
        tuple[str, ...], _of_models(RESULTS, "Print only this metric. Repeatable.", "NAME")
    ] = ()
    matrix: Annotated[
        bool,
        _of_models(RESULTS, "Also print a table of kinds trained on against kinds tested on."),
    ] = False
    report: Annotated[
        tuple[Path, ...],
        _of_both("Write all figures: .json .csv .html. Repeatable.", "FILE", names="file"),
    ] = ()
    per_image: Annotated[
        Path | None,
        _of_models(RESULTS, "Write a CSV with one row per image.", "FILE", names="file"),
    ] = None
    plots: Annotated[
        Path | None,
        _of_models(
            RESULTS,
            "Write PNGs and SVGs: ROC, verdicts, reliability, curves, the worst images.",
            "DIR",
            names="folder",
        ),
    ] = None
    resample: Annotated[
        Literal["image", "source"], _of_both("What the bootstrap resamples (default image).")
    ] = "image"
    bootstrap: Annotated[
        int, _of_both("Bootstrap samples per interval (default 1000).", "N", least=0)
    ] = 1000
    seed: Annotated[int, _of_both("Random seed of the bootstrap (default 0).", "N", least=0)] = 0
    minimum: Annotated[
        tuple[str, ...],
        _of_both(
            "Exit with status 1 if a metric is below this value. Repeatable.",
            "METRIC=VALUE",
            flags="--min",
        ),
    ] = ()
    quality: Annotated[
        Path | None,
        Option(
            QUALITY,
            "Measure the fills of a gen-data folder, not a model: PSNR, SSIM, NIQE.",
            "FOLDER",
            only=(FILLS,),
        ),
    ] = None
    fid: Annotated[
        bool,
        Option(
            QUALITY,
            "Also measure FID; needs the extra `fid` and many images.",
            only=(FILLS,),
        ),
    ] = False
    inception: Annotated[
        Path | None,
        Option(
            QUALITY,
            "Local file of torch-fidelity's Inception weights (default: download them).",
            "FILE",
            names="file",
            only=(FILLS,),
        ),
    ] = None
    fit_niqe: Annotated[
        Path | None,
        Option(
            QUALITY,
            "Fit NIQE's model to these pristine photos and write it to --output.",
            "FOLDER",
            only=(FIT,),
        ),
    ] = None
    output: Annotated[
        Path | None,
        Option(QUALITY, "File that --fit-niqe writes.", "FILE", flags="--output -o", only=(FIT,)),
    ] = None


@dataclass(frozen=True, kw_only=True)
class EvalOptions(MessageOptions, ComputingOptions, MeasureOptions):
    """All options of `eval`."""
