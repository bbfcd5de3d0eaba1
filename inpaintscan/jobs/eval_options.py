"""The options of `inpaintscan eval`; those about computing are the ones every scan has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inpaintscan.jobs.scan_options import MODEL, RESULTS, ComputingOptions, MessageOptions
from inpaintscan.option import option, under

DATA, QUALITY = "Data", "Quality of fills"
MODELS, FILLS, FIT = "models", "--quality", "--fit-niqe"
"""What is measured: models, or fills, or neither but pristine photos."""
OF_MODELS, OF_BOTH = (MODELS,), (MODELS, FILLS)
By = Literal["method", "kind", "category", "source", "mask_kind"]

_data = under(DATA, only=OF_MODELS)
_results = under(RESULTS, only=OF_BOTH)
_quality = under(QUALITY, only=(FILLS,))


@dataclass(frozen=True, kw_only=True)
class MeasureOptions:
    """What is measured, and how it is shown."""

    datasets: tuple[Path, ...] = option(
        (),
        "Arguments",
        "Labelled data sets: a folder, .csv or .json of any layout `train` reads.",
        "DATASETS",
        is_argument=True,
        only=OF_MODELS,
    )
    clean: tuple[Path, ...] = _data(
        (), "Photos known to be clean: measure false positives by source. Repeatable.", "FOLDER"
    )
    split: str | None = _data(
        None, "Split to measure on, or all (default: test, else all).", "NAME"
    )
    allow_outside: bool = _data(False, "Read files that a table names outside its own folder.")
    holes: bool = _data(
        False, "Score the hole in frames that gen-data's inpainters rebuilt whole (Adler 2023)."
    )
    by: tuple[By, ...] = _data((), "Also give figures by group. Repeatable.")
    pool: bool = _data(False, "Also give figures over all data sets together.")
    perturb: str | None = _data(
        None,
        "Also measure on altered copies: jpeg:50..100, webp:80, resize:0.5, crop:0.9, blur:1, "
        "noise:4, median:3, sharpen:1, vignette:0.5, tone:0.5, grey, caption, screenshot.",
        "LIST",
    )
    model: tuple[str, ...] = option(
        (),
        MODEL,
        "A shipped model or a .safetensors file (default inpaintscan). Repeatable.",
        "NAME|FILE",
        is_model=True,
        only=OF_MODELS,
    )
    metric: tuple[str, ...] = _results(
        (), "Print only this metric. Repeatable.", "NAME", only=OF_MODELS
    )
    matrix: bool = _results(
        False, "Also print a table of kinds trained on against kinds tested on.", only=OF_MODELS
    )
    report: tuple[Path, ...] = _results(
        (), "Write all figures: .json .csv .html. Repeatable.", "FILE", names="file"
    )
    per_image: Path | None = _results(
        None, "Write a CSV with one row per image.", "FILE", names="file", only=OF_MODELS
    )
    plots: Path | None = _results(
        None,
        "Write PNGs and SVGs: ROC, verdicts, reliability, curves, the worst images.",
        "DIR",
        names="folder",
        only=OF_MODELS,
    )
    resample: Literal["photo", "image", "source"] = _results(
        "photo",
        "What intervals resample: photos with all their versions and copies, single images, or "
        "whole sources (default photo).",
    )
    bootstrap: int = _results(1000, "Bootstrap samples per interval (default 1000).", "N", least=0)
    seed: int = _results(0, "Random seed of the bootstrap (default 0).", "N", least=0)
    minimum: tuple[str, ...] = _results(
        (),
        "Exit with status 1 if a metric is below this value. Repeatable.",
        "METRIC=VALUE",
        flags="--min",
    )
    quality: Path | None = _quality(
        None, "Measure the fills of a gen-data folder, not a model: PSNR, SSIM, NIQE.", "FOLDER"
    )
    fid: bool = _quality(False, "Also measure FID; needs the extra `fid` and many images.")
    inception: Path | None = _quality(
        None,
        "Local file of torch-fidelity's Inception weights (default: download them).",
        "FILE",
        names="file",
    )
    fit_niqe: Path | None = _quality(
        None,
        "Fit NIQE's model to these pristine photos and write it to --output.",
        "FOLDER",
        only=(FIT,),
    )
    output: Path | None = _quality(
        None, "File that --fit-niqe writes.", "FILE", flags="--output -o", only=(FIT,)
    )


@dataclass(frozen=True, kw_only=True)
class EvalOptions(MessageOptions, ComputingOptions, MeasureOptions):
    """All options of `eval`."""
