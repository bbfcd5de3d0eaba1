"""The options that `detect`, `localize` and `segment` share, written once."""

from __future__ import annotations

import glob
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inpaintscan.jobs.choices import Format, Frames, Precision, Show
from inpaintscan.jobs.parameters import parameters_of, with_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from inpaintscan.errors import ExitStatus

INPUTS, MODEL, RESULTS, PIPELINES, MESSAGES = (
    "Inputs",
    "Model",
    "Results",
    "Pipelines",
    "Messages",
)


_NOT_SCANNING = ("autoencoder", "inpainter", "quality")


def complete_model(incomplete: str) -> list[str]:
    """Return the shipped models that scan and whose names begin so, for shell completion."""
    from inpaintscan.weights import read_card, weights_folder

    files = sorted(weights_folder().glob(f"{glob.escape(incomplete)}*.safetensors"))
    return [file.stem for file in files if read_card(file).task not in _NOT_SCANNING]


def _option(*names: str, panel: str, text: str, **more: Any) -> Any:  # noqa: ANN401
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """One value a shared option, as the user gave it."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS",
            help="Images and folders, with their sub-folders; - reads paths from standard input.",
            show_default=False,
        ),
    ] = None
    null: Annotated[
        bool,
        _option(
            "--null",
            "-0",
            panel=INPUTS,
            text="Paths in the list are separated by NUL, not newline.",
        ),
    ] = False
    files_from: Annotated[
        str | None,
        _option(
            "--files-from",
            panel=INPUTS,
            metavar="FILE",
            text="Read more paths from FILE, one per line.",
        ),
    ] = None
    include: Annotated[
        list[str] | None,
        _option(
            "--include", panel=INPUTS, metavar="GLOB", text="Scan only what matches. Repeatable."
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        _option(
            "--exclude", panel=INPUTS, metavar="GLOB", text="Leave out what matches. Repeatable."
        ),
    ] = None
    frames: Annotated[
        Frames,
        _option("--frames", panel=INPUTS, text="Frames of an animation to scan (default first)."),
    ] = Frames.FIRST
    shard: Annotated[
        str | None,
        _option("--shard", panel=INPUTS, metavar="I/N", text="Scan only the I-th of N parts."),
    ] = None
    max_pixels: Annotated[
        str | None,
        _option(
            "--max-pixels",
            panel=INPUTS,
            metavar="N",
            text="Refuse larger images; 400M is 400 megapixels (250M).",
        ),
    ] = None
    strict: Annotated[
        bool,
        _option(
            "--strict", panel=INPUTS, text="Refuse damaged files that browsers would still show."
        ),
    ] = False
    model: Annotated[
        str,
        _option(
            "--model",
            panel=MODEL,
            metavar="NAME|FILE",
            autocompletion=complete_model,
            text="A shipped model or a .safetensors file (default inpaintscan).",
        ),
    ] = "inpaintscan"
    device: Annotated[
        str,
        _option(
            "--device",
            panel=MODEL,
            metavar="NAME",
            text="auto, cpu, cuda, cuda:N or mps (default auto).",
        ),
    ] = "auto"
    batch_size: Annotated[
        str,
        _option(
            "--batch-size", panel=MODEL, metavar="N", text="Tiles per batch, or auto (default)."
        ),
    ] = "auto"
    workers: Annotated[
        str,
        _option(
            "--workers",
            panel=MODEL,
            metavar="N",
            text="Threads that decode images, or auto (default).",
        ),
    ] = "auto"
    threads: Annotated[
        str,
        _option("--threads", panel=MODEL, metavar="N", text="Computing threads, or auto (auto)."),
    ] = "auto"
    precision: Annotated[
        Precision,
        _option("--precision", panel=MODEL, text="Number format of the network (default auto)."),
    ] = Precision.AUTO
    threshold: Annotated[
        float | None,
        _option(
            "--threshold",
            panel=MODEL,
            metavar="SCORE",
            min=0.0,
            max=1.0,
            text="Report images with this score or more.",
        ),
    ] = None
    fpr: Annotated[
        float | None,
        _option(
            "--fpr",
            panel=MODEL,
            metavar="RATE",
            min=0.0,
            max=1.0,
            text="Report from the score at which this share of clean images is flagged "
            "(default 0.01).",
        ),
    ] = None
    trust_list: Annotated[
        Path | None,
        _option(
            "--trust-list",
            panel=INPUTS,
            metavar="FILE",
            text="Certificates (PEM) of the signers of Content Credentials to trust.",
        ),
    ] = None
    report: Annotated[
        list[Path] | None,
        _option(
            "--report",
            panel=RESULTS,
            metavar="FILE",
            dir_okay=False,
            text="Write a report; the ending picks the format: .json .jsonl .csv .sarif .html .xml "
            "(JUnit) .coco.json. Repeatable.",
        ),
    ] = None
    format: Annotated[
        Format | None,
        _option(
            "--format",
            panel=RESULTS,
            text="Format of standard output (default: table on a terminal, tab-separated plain in "
            "a pipe).",
        ),
    ] = None
    case: Annotated[
        str | None,
        _option("--case", panel=RESULTS, metavar="TEXT", text="Name of the case, for the reports."),
    ] = None
    examiner: Annotated[
        str | None,
        _option("--examiner", panel=RESULTS, metavar="TEXT", text="Who examines, for the reports."),
    ] = None
    show: Annotated[
        Show | None,
        _option(
            "--show",
            panel=RESULTS,
            text="List all images, or findings and errors alone (all; github: findings).",
        ),
    ] = None
    overwrite: Annotated[
        bool, _option("--overwrite", panel=RESULTS, text="Replace existing output images.")
    ] = False
    fail_on: Annotated[
        str,
        _option(
            "--fail-on",
            panel=PIPELINES,
            metavar="LIST",
            text="What counts as a finding: inpainted, generated, unsure, stated, tampered "
            "(all but unsure).",
        ),
    ] = "inpainted,generated,stated,tampered"
    baseline: Annotated[
        Path | None,
        _option(
            "--baseline",
            panel=PIPELINES,
            metavar="REPORT",
            text="Findings in this earlier .json report are known and do not count.",
        ),
    ] = None
    cache: Annotated[
        Path | None,
        _option(
            "--cache",
            panel=PIPELINES,
            metavar="DIR",
            text="Keep results in DIR; skip images seen before with the same model and settings.",
        ),
    ] = None
    exit_zero: Annotated[
        bool, _option("--exit-zero", panel=PIPELINES, text="Exit 0 even if there are findings.")
    ] = False
    quiet: Annotated[
        bool, _option("--quiet", "-q", panel=MESSAGES, text="Print only errors on standard error.")
    ] = False
    verbose: Annotated[
        bool,
        _option(
            "--verbose",
            "-v",
            panel=MESSAGES,
            text="Print threshold, device, weights, what is skipped; show tracebacks.",
        ),
    ] = False
    no_progress: Annotated[
        bool, _option("--no-progress", panel=MESSAGES, text="Show no progress bar.")
    ] = False


def with_scan_options(command: Callable[..., ExitStatus]) -> Callable[..., ExitStatus]:
    """Give a command the shared options; it gets them as its first argument, a `ScanOptions`.

    Typer reads options from a function's signature, so the returned function carries one that is
    made of the shared options and then the command's own.
    """
    shared = parameters_of(ScanOptions)
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def call(**values: Any) -> ExitStatus:  # noqa: ANN401
        options = ScanOptions(**{item.name: values.pop(item.name) for item in shared})
        return command(options, **values)

    return with_parameters(command, call, [*shared, *own])
