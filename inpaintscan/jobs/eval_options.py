"""The options of `inpaintscan eval`; those about computing are the ones every scan has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inpaintscan.jobs.scan_options import MODEL, RESULTS, ComputingOptions, MessageOptions
from inpaintscan.option import option

DATA, QUALITY = "Data", "Quality of fills"
MODELS, FILLS, FIT = "models", "--quality", "--fit-niqe"
"""What is measured: models, or fills, or neither but pristine photos."""
OF_MODELS, OF_BOTH = (MODELS,), (MODELS, FILLS)
By = Literal["method", "kind", "category", "source", "mask_kind"]


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
    clean: tuple[Path, ...] = option(
        (),
        DATA,
        "Photos known to be clean: measure false positives by source. Repeatable.",
        "FOLDER",
        only=OF_MODELS,
    )
    split: str | None = option(
        None, DATA, "Split to measure on, or all (default: test, else all).", "NAME", only=OF_MODELS
    )
    allow_outside: bool = option(
        False, DATA, "Read files that a table names outside its own folder.", only=OF_MODELS
    )
    holes: bool = option(
        False,
        DATA,
        "Score the hole in frames that gen-data's inpainters rebuilt whole (Adler 2023).",
        only=OF_MODELS,
    )
    by: tuple[By, ...] = option((), DATA, "Also give figures by group. Repeatable.", only=OF_MODELS)
    pool: bool = option(
        False, DATA, "Also give figures over all data sets together.", only=OF_MODELS
    )
    perturb: str | None = option(
        None,
        DATA,
        "Also measure on altered copies: jpeg:50..100, webp:80, resize:0.5, crop:0.9, blur:1, "
        "noise:4, median:3, sharpen:1, vignette:0.5, tone:0.5, grey, caption, screenshot.",
        "LIST",
        only=OF_MODELS,
    )
    model: tuple[str, ...] = option(
        (),
        MODEL,
        "A shipped model or a .safetensors file (default inpaintscan). Repeatable.",
        "NAME|FILE",
        is_model=True,
        only=OF_MODELS,
    )
    metric: tuple[str, ...] = option(
        (), RESULTS, "Print only this metric. Repeatable.", "NAME", only=OF_MODELS
    )
    matrix: bool = option(
        False,
        RESULTS,
        "Also print a table of kinds trained on against kinds tested on.",
        only=OF_MODELS,
    )
    report: tuple[Path, ...] = option(
        (),
        RESULTS,
        "Write all figures: .json .csv .html. Repeatable.",
        "FILE",
        names="file",
        only=OF_BOTH,
    )
    per_image: Path | None = option(
        None, RESULTS, "Write a CSV with one row per image.", "FILE", names="file", only=OF_MODELS
    )
    plots: Path | None = option(
        None,
        RESULTS,
        "Write PNGs and SVGs: ROC, verdicts, reliability, curves, the worst images.",
        "DIR",
        names="folder",
        only=OF_MODELS,
    )
    resample: Literal["image", "source"] = option(
        "image", RESULTS, "What the bootstrap resamples (default image).", only=OF_BOTH
    )
    bootstrap: int = option(
        1000, RESULTS, "Bootstrap samples per interval (default 1000).", "N", least=0, only=OF_BOTH
    )
    seed: int = option(
        0, RESULTS, "Random seed of the bootstrap (default 0).", "N", least=0, only=OF_BOTH
    )
    minimum: tuple[str, ...] = option(
        (),
        RESULTS,
        "Exit with status 1 if a metric is below this value. Repeatable.",
        "METRIC=VALUE",
        flags="--min",
        only=OF_BOTH,
    )
    quality: Path | None = option(
        None,
        QUALITY,
        "Measure the fills of a gen-data folder, not a model: PSNR, SSIM, NIQE.",
        "FOLDER",
        only=(FILLS,),
    )
    fid: bool = option(
        False, QUALITY, "Also measure FID; needs the extra `fid` and many images.", only=(FILLS,)
    )
    inception: Path | None = option(
        None,
        QUALITY,
        "Local file of torch-fidelity's Inception weights (default: download them).",
        "FILE",
        names="file",
        only=(FILLS,),
    )
    fit_niqe: Path | None = option(
        None,
        QUALITY,
        "Fit NIQE's model to these pristine photos and write it to --output.",
        "FOLDER",
        only=(FIT,),
    )
    output: Path | None = option(
        None, QUALITY, "File that --fit-niqe writes.", "FILE", flags="--output -o", only=(FIT,)
    )


@dataclass(frozen=True, kw_only=True)
class EvalOptions(MessageOptions, ComputingOptions, MeasureOptions):
    """All options of `eval`."""
