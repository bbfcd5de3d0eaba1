"""The options of `detect`, `localize` and `segment`, by what they are about.

Fields stand in the order of the bases from the last to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from inpaintscan.jobs.option_values import read_count, read_fail_on, read_max_pixels, read_shard
from inpaintscan.option import Option

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

    paths: Annotated[
        tuple[str, ...],
        Option(
            "Arguments",
            "Images and folders, with their sub-folders; - reads paths from standard input.",
            "PATHS",
            is_argument=True,
        ),
    ] = ()
    null: Annotated[
        bool,
        Option(INPUTS, "Paths in the list are separated by NUL, not newline.", flags="--null -0"),
    ] = False
    files_from: Annotated[
        str | None, Option(INPUTS, "Read more paths from FILE, one per line.", "FILE")
    ] = None
    include: Annotated[
        tuple[str, ...], Option(INPUTS, "Scan only what matches. Repeatable.", "GLOB")
    ] = ()
    exclude: Annotated[
        tuple[str, ...], Option(INPUTS, "Leave out what matches. Repeatable.", "GLOB")
    ] = ()
    frames: Annotated[
        Literal["first", "all"],
        Option(INPUTS, "Frames of an animation to scan (default first)."),
    ] = "first"
    shard: Annotated[
        tuple[int, int] | None,
        Option(INPUTS, "Scan only the I-th of N parts.", "I/N", parse=read_shard),
    ] = None
    max_pixels: Annotated[
        int | None,
        Option(
            INPUTS,
            "Refuse larger images; 400M is 400 megapixels (250M).",
            "N",
            parse=read_max_pixels,
        ),
    ] = None
    strict: Annotated[
        bool, Option(INPUTS, "Refuse damaged files that browsers would still show.")
    ] = False
    trust_list: Annotated[
        Path | None,
        Option(
            INPUTS, "Certificates (PEM) of the signers of Content Credentials to trust.", "FILE"
        ),
    ] = None
    model: Annotated[
        str,
        Option(
            MODEL,
            "A shipped model or a .safetensors file (default inpaintscan).",
            "NAME|FILE",
            is_model=True,
        ),
    ] = "inpaintscan"


@dataclass(frozen=True, kw_only=True)
class ComputingOptions:
    """What it is computed on, and from which score an image is reported."""

    device: Annotated[
        str, Option(MODEL, "auto, cpu, cuda, cuda:N or mps (default auto).", "NAME")
    ] = "auto"
    batch_size: Annotated[
        int | None,
        Option(
            MODEL,
            "Tiles per batch, or auto (default).",
            "N",
            parse=partial(read_count, "--batch-size"),
        ),
    ] = None
    workers: Annotated[
        int | None,
        Option(
            MODEL,
            "Threads that decode images, or auto (default).",
            "N",
            parse=partial(read_count, "--workers"),
        ),
    ] = None
    threads: Annotated[
        int | None,
        Option(
            MODEL, "Computing threads, or auto (auto).", "N", parse=partial(read_count, "--threads")
        ),
    ] = None
    precision: Annotated[
        Precision, Option(MODEL, "Number format of the network (default auto).")
    ] = "auto"
    threshold: Annotated[
        float | None,
        Option(MODEL, "Report images with this score or more.", "SCORE", least=0.0, most=1.0),
    ] = None
    fpr: Annotated[
        float | None,
        Option(
            MODEL,
            "Report from the score at which this share of clean images is flagged (default 0.01).",
            "RATE",
            least=0.0,
            most=1.0,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is written, and what counts."""

    report: Annotated[
        tuple[Path, ...],
        Option(
            RESULTS,
            "Write a report; the ending picks the format: .json .jsonl .csv .sarif .html .xml "
            "(JUnit) .coco.json. Repeatable.",
            "FILE",
            names="file",
        ),
    ] = ()
    format: Annotated[
        Format | None,
        Option(
            RESULTS,
            "Format of standard output (default: table on a terminal, tab-separated plain in a "
            "pipe).",
        ),
    ] = None
    case: Annotated[str | None, Option(RESULTS, "Name of the case, for the reports.", "TEXT")] = (
        None
    )
    examiner: Annotated[str | None, Option(RESULTS, "Who examines, for the reports.", "TEXT")] = (
        None
    )
    show: Annotated[
        Literal["all", "findings"] | None,
        Option(RESULTS, "List all images, or findings and errors alone (all; github: findings)."),
    ] = None
    overwrite: Annotated[bool, Option(RESULTS, "Replace existing output images.")] = False
    fail_on: Annotated[
        tuple[str, ...],
        Option(
            PIPELINES,
            "What counts as a finding: inpainted, generated, unsure, stated, tampered "
            "(all but unsure).",
            "LIST",
            parse=read_fail_on,
        ),
    ] = ("inpainted", "generated", "stated", "tampered")
    baseline: Annotated[
        Path | None,
        Option(
            PIPELINES, "Findings in this earlier .json report are known and do not count.", "REPORT"
        ),
    ] = None
    cache: Annotated[
        Path | None,
        Option(
            PIPELINES,
            "Keep results in DIR; skip images seen before with the same model and settings.",
            "DIR",
        ),
    ] = None
    exit_zero: Annotated[bool, Option(PIPELINES, "Exit 0 even if there are findings.")] = False


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What is said on standard error."""

    quiet: Annotated[
        bool, Option(MESSAGES, "Print only errors on standard error.", flags="--quiet -q")
    ] = False
    verbose: Annotated[
        bool,
        Option(
            MESSAGES,
            "Print threshold, device, weights, what is skipped; show tracebacks.",
            flags="--verbose -v",
        ),
    ] = False
    no_progress: Annotated[bool, Option(MESSAGES, "Show no progress bar.")] = False


@dataclass(frozen=True, kw_only=True)
class ScanOptions(MessageOptions, ReportOptions, ComputingOptions, InputOptions):
    """What the three commands share."""
