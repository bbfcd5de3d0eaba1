"""The options of `detect`, `localize` and `segment`, by what they are about, and what texts mean.

Fields stand in the order of the bases from the last to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from inpaintscan.errors import COUNTABLE, DEFAULT_FAIL_ON, UsageError
from inpaintscan.option import option, under

_MOST_DIGITS = 9


def read_count(flag: str, text: str) -> int | None:
    """Return a number of at least one, or None for `auto`.

    Raises:
        UsageError: for anything else.
    """
    if text == "auto":
        return None
    if not _is_count(text) or int(text) < 1:
        raise UsageError(f"{flag} {text}: write auto or a whole number from 1 on")
    return int(text)


def read_fail_on(text: str) -> tuple[str, ...]:
    """Return what counts as a finding, from a comma-separated list.

    Raises:
        UsageError: for a word that is no such thing, or none at all.
    """
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [word for word in words if word not in COUNTABLE]
    if unknown or not words:
        raise UsageError(
            f"--fail-on {text!r}: name one or more of {', '.join(COUNTABLE)}, separated by commas"
        )
    return words


def read_max_pixels(text: str) -> int:
    """Return the number of pixels of `250000000` or `250M`.

    Raises:
        UsageError: for anything else, or more than can be read.
    """
    from inpaintscan.images.rules import CEILING, MEGAPIXEL

    number = text.upper().removesuffix("P").removesuffix("M")
    unit = 1 if text.isdecimal() else MEGAPIXEL
    is_number = number.isdecimal() and number.isascii() and len(number) <= 10
    if not is_number or not 1 <= int(number) * unit <= CEILING:
        raise UsageError(
            f"--max-pixels {text}: write a number of pixels, or of megapixels with M, up to "
            f"{CEILING // MEGAPIXEL}M"
        )
    return int(number) * unit


def read_shard(text: str) -> tuple[int, int]:
    """Return (I, N) of `I/N`, 1 <= I <= N.

    Raises:
        UsageError: for anything else.
    """
    first, slash, second = text.partition("/")
    if not (slash and _is_count(first) and _is_count(second) and 1 <= int(first) <= int(second)):
        raise UsageError(f"--shard {text}: write I/N with 1 <= I <= N, for example 1/4")
    return int(first), int(second)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS


INPUTS, MODEL, RESULTS = "Inputs", "Model", "Results"
PIPELINES, MESSAGES = "Pipelines", "Messages"
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Engine = Literal["local", "ray"]
NOT_SERVED = (
    "files_from", "include", "exclude", "shard", "report", "format", "baseline", "cache", "case",
    "examiner",
)  # fmt: skip
"""Options about files and reports, which a page to drop images on has none of."""
Format = Literal["table", "plain", "json", "jsonl", "csv", "github"]

_inputs = under(INPUTS)
_model = under(MODEL)
_results = under(RESULTS)
_pipelines = under(PIPELINES)
_messages = under(MESSAGES)


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
    null: bool = _inputs(
        False, "Paths in the list are separated by NUL, not newline.", flags="--null -0"
    )
    files_from: str | None = _inputs(None, "Read more paths from FILE, one per line.", "FILE")
    include: tuple[str, ...] = _inputs((), "Scan only what matches. Repeatable.", "GLOB")
    exclude: tuple[str, ...] = _inputs((), "Leave out what matches. Repeatable.", "GLOB")
    frames: Literal["first", "all"] = _inputs(
        "first", "Frames of an animation to scan (default first)."
    )
    shard: tuple[int, int] | None = _inputs(
        None, "Scan only the I-th of N parts.", "I/N", parse=read_shard
    )
    max_pixels: int | None = _inputs(
        None, "Refuse larger images; 400M is 400 megapixels (250M).", "N", parse=read_max_pixels
    )
    strict: bool = _inputs(False, "Refuse damaged files that browsers would still show.")
    trust_list: Path | None = _inputs(
        None, "Certificates (PEM) of the signers of Content Credentials to trust.", "FILE"
    )
    model: str = _model(
        "inpaintscan",
        "A shipped model or a .safetensors file (default inpaintscan).",
        "NAME|FILE",
        is_model=True,
    )


@dataclass(frozen=True, kw_only=True)
class ComputingOptions:
    """What it is computed on, and from which score an image is reported."""

    device: str = _model("auto", "auto, cpu, cuda, cuda:N or mps (default auto).", "NAME")
    batch_size: int | None = _model(
        None, "Tiles per batch, or auto (default).", "N", parse=partial(read_count, "--batch-size")
    )
    workers: int | None = _model(
        None,
        "Threads that decode images, or auto (default).",
        "N",
        parse=partial(read_count, "--workers"),
    )
    threads: int | None = _model(
        None, "Computing threads, or auto (auto).", "N", parse=partial(read_count, "--threads")
    )
    precision: Precision = _model("auto", "Number format of the network (default auto).")
    threshold: float | None = _model(
        None, "Report images with this score or more.", "SCORE", least=0.0, most=1.0
    )
    fpr: float | None = _model(
        None,
        "Report from the score at which this share of clean images is flagged (default 0.01).",
        "RATE",
        least=0.0,
        most=1.0,
    )


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is written, and what counts."""

    report: tuple[Path, ...] = _results(
        (),
        "Write a report; the ending picks the format: .json .jsonl .csv .sarif .html .xml "
        "(JUnit) .coco.json. Repeatable.",
        "FILE",
        names="file",
    )
    format: Format | None = _results(
        None,
        "Format of standard output (default: table on a terminal, tab-separated plain in a pipe).",
    )
    case: str | None = _results(None, "Name of the case, for the reports.", "TEXT")
    examiner: str | None = _results(None, "Who examines, for the reports.", "TEXT")
    show: Literal["all", "findings"] | None = _results(
        None, "List all images, or findings and errors alone (all; github: findings)."
    )
    overwrite: bool = _results(False, "Replace existing output images.")
    fail_on: tuple[str, ...] = _pipelines(
        DEFAULT_FAIL_ON,
        "What counts as a finding: inpainted, generated, unsure, stated, tampered "
        "(all but unsure).",
        "LIST",
        parse=read_fail_on,
    )
    baseline: Path | None = _pipelines(
        None, "Findings in this earlier .json report are known and do not count.", "REPORT"
    )
    cache: Path | None = _pipelines(
        None,
        "Keep results in DIR; skip images seen before with the same model and settings.",
        "DIR",
    )
    exit_zero: bool = _pipelines(False, "Exit 0 even if there are findings.")


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What is said on standard error."""

    quiet: bool = _messages(False, "Print only errors on standard error.", flags="--quiet -q")
    verbose: bool = _messages(
        False,
        "Print threshold, device, weights, what is skipped; show tracebacks.",
        flags="--verbose -v",
    )
    no_progress: bool = _messages(False, "Show no progress bar.")


@dataclass(frozen=True, kw_only=True)
class ScanOptions(MessageOptions, ReportOptions, ComputingOptions, InputOptions):
    """What the three commands share."""
