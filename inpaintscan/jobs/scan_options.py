"""The options of `detect`, `localize` and `segment`, by what they are about.

Fields stand in the order of the bases from the last to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from inpaintscan.jobs.option_values import read_count, read_fail_on, read_max_pixels, read_shard
from inpaintscan.option import option

INPUTS, MODEL, RESULTS, PIPELINES, MESSAGES = (
    "Inputs",
    "Model",
    "Results",
    "Pipelines",
    "Messages",
)
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Engine = Literal["local", "ray"]
NOT_SERVED = (
    "files_from", "include", "exclude", "shard", "report", "format", "baseline", "cache", "case",
    "examiner",
)  # fmt: skip
"""Options about files and reports, which a page to drop images on has none of."""
Format = Literal["table", "plain", "json", "jsonl", "csv", "github"]


@dataclass(frozen=True, kw_only=True)
class InputOptions:
    """What is scanned, and with which model."""

    paths: tuple[str, ...] = option(
        (),
        "Arguments",
        "Images and folders, with their sub-folders; - reads paths from standard input.",
        "PATHS",
        is_argument=True,
    )
    null: bool = option(
        False, INPUTS, "Paths in the list are separated by NUL, not newline.", flags="--null -0"
    )
    files_from: str | None = option(
        None, INPUTS, "Read more paths from FILE, one per line.", "FILE"
    )
    include: tuple[str, ...] = option((), INPUTS, "Scan only what matches. Repeatable.", "GLOB")
    exclude: tuple[str, ...] = option((), INPUTS, "Leave out what matches. Repeatable.", "GLOB")
    frames: Literal["first", "all"] = option(
        "first", INPUTS, "Frames of an animation to scan (default first)."
    )
    shard: tuple[int, int] | None = option(
        None, INPUTS, "Scan only the I-th of N parts.", "I/N", parse=read_shard
    )
    max_pixels: int | None = option(
        None,
        INPUTS,
        "Refuse larger images; 400M is 400 megapixels (250M).",
        "N",
        parse=read_max_pixels,
    )
    strict: bool = option(False, INPUTS, "Refuse damaged files that browsers would still show.")
    trust_list: Path | None = option(
        None, INPUTS, "Certificates (PEM) of the signers of Content Credentials to trust.", "FILE"
    )
    model: str = option(
        "inpaintscan",
        MODEL,
        "A shipped model or a .safetensors file (default inpaintscan).",
        "NAME|FILE",
        is_model=True,
    )


@dataclass(frozen=True, kw_only=True)
class ComputingOptions:
    """What it is computed on, and from which score an image is reported."""

    device: str = option("auto", MODEL, "auto, cpu, cuda, cuda:N or mps (default auto).", "NAME")
    batch_size: int | None = option(
        None,
        MODEL,
        "Tiles per batch, or auto (default).",
        "N",
        parse=partial(read_count, "--batch-size"),
    )
    workers: int | None = option(
        None,
        MODEL,
        "Threads that decode images, or auto (default).",
        "N",
        parse=partial(read_count, "--workers"),
    )
    threads: int | None = option(
        None,
        MODEL,
        "Computing threads, or auto (auto).",
        "N",
        parse=partial(read_count, "--threads"),
    )
    precision: Precision = option("auto", MODEL, "Number format of the network (default auto).")
    threshold: float | None = option(
        None, MODEL, "Report images with this score or more.", "SCORE", least=0.0, most=1.0
    )
    fpr: float | None = option(
        None,
        MODEL,
        "Report from the score at which this share of clean images is flagged (default 0.01).",
        "RATE",
        least=0.0,
        most=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is written, and what counts."""

    report: tuple[Path, ...] = option(
        (),
        RESULTS,
        "Write a report; the ending picks the format: .json .jsonl .csv .sarif .html .xml "
        "(JUnit) .coco.json. Repeatable.",
        "FILE",
        names="file",
    )
    format: Format | None = option(
        None,
        RESULTS,
        "Format of standard output (default: table on a terminal, tab-separated plain in a pipe).",
    )
    case: str | None = option(None, RESULTS, "Name of the case, for the reports.", "TEXT")
    examiner: str | None = option(None, RESULTS, "Who examines, for the reports.", "TEXT")
    show: Literal["all", "findings"] | None = option(
        None, RESULTS, "List all images, or findings and errors alone (all; github: findings)."
    )
    overwrite: bool = option(False, RESULTS, "Replace existing output images.")
    fail_on: tuple[str, ...] = option(
        ("inpainted", "generated", "stated", "tampered"),
        PIPELINES,
        "What counts as a finding: inpainted, generated, unsure, stated, tampered "
        "(all but unsure).",
        "LIST",
        parse=read_fail_on,
    )
    baseline: Path | None = option(
        None,
        PIPELINES,
        "Findings in this earlier .json report are known and do not count.",
        "REPORT",
    )
    cache: Path | None = option(
        None,
        PIPELINES,
        "Keep results in DIR; skip images seen before with the same model and settings.",
        "DIR",
    )
    exit_zero: bool = option(False, PIPELINES, "Exit 0 even if there are findings.")


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What is said on standard error."""

    quiet: bool = option(
        False, MESSAGES, "Print only errors on standard error.", flags="--quiet -q"
    )
    verbose: bool = option(
        False,
        MESSAGES,
        "Print threshold, device, weights, what is skipped; show tracebacks.",
        flags="--verbose -v",
    )
    no_progress: bool = option(False, MESSAGES, "Show no progress bar.")


@dataclass(frozen=True, kw_only=True)
class ScanOptions(MessageOptions, ReportOptions, ComputingOptions, InputOptions):
    """What the three commands share."""
