"""The options that `detect`, `localize` and `segment` share, written once."""

from __future__ import annotations

import functools
import inspect
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

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


class Format(StrEnum):
    """What standard output shows."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    GITHUB = "github"


class Precision(StrEnum):
    """The number format the network computes in."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class Frames(StrEnum):
    """Which frames of an animation are scanned."""

    FIRST = "first"
    ALL = "all"


def complete_model(incomplete: str) -> list[str]:
    """Return the shipped models whose names begin so, for shell completion."""
    from inpaintscan.weights import weights_folder

    names = sorted(file.stem for file in weights_folder().glob("*.safetensors"))
    return [name for name in names if name.startswith(incomplete)]


def _option(*names: str, panel: str, text: str, **more: Any) -> Any:  # noqa: ANN401
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """One value a shared option, as the user gave it."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS",
            help="Images and directories (recursed); - reads paths from standard input.",
            show_default=False,
        ),
    ] = None
    null: Annotated[
        bool,
        _option("--null", "-0", panel=INPUTS, text="Paths that are read end in NUL, not newline."),
    ] = False
    files_from: Annotated[
        str | None,
        _option("--files-from", panel=INPUTS, metavar="FILE", text="Read more paths from FILE."),
    ] = None
    include: Annotated[
        list[str] | None,
        _option("--include", panel=INPUTS, metavar="GLOB", text="Take only these. Repeatable."),
    ] = None
    exclude: Annotated[
        list[str] | None,
        _option("--exclude", panel=INPUTS, metavar="GLOB", text="Leave these out. Repeatable."),
    ] = None
    frames: Annotated[
        Frames, _option("--frames", panel=INPUTS, text="Frames of an animation (first).")
    ] = Frames.FIRST
    shard: Annotated[
        str | None,
        _option("--shard", panel=INPUTS, metavar="I/N", text="Take the I-th of N parts."),
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
            text="A shipped model or a .safetensors file (inpaintscan).",
        ),
    ] = "inpaintscan"
    device: Annotated[
        str,
        _option(
            "--device", panel=MODEL, metavar="NAME", text="auto, cpu, cuda, cuda:N or mps (auto)."
        ),
    ] = "auto"
    batch_size: Annotated[
        str,
        _option("--batch-size", panel=MODEL, metavar="N", text="Tiles at a time, or auto (auto)."),
    ] = "auto"
    workers: Annotated[
        str,
        _option("--workers", panel=MODEL, metavar="N", text="Decoding threads, or auto (auto)."),
    ] = "auto"
    precision: Annotated[
        Precision, _option("--precision", panel=MODEL, text="Number format (auto).")
    ] = Precision.AUTO
    threshold: Annotated[
        float | None,
        _option(
            "--threshold",
            panel=MODEL,
            metavar="SCORE",
            min=0.0,
            max=1.0,
            text="Report from this score on.",
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
            text="Report from the score that flagged this share of clean images (0.01).",
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
            text="Write a report: .json .jsonl .csv .sarif .html .xml (JUnit), .coco.json (COCO). "
            "Repeatable.",
        ),
    ] = None
    format: Annotated[
        Format | None,
        _option(
            "--format",
            panel=RESULTS,
            text="Standard output: table on a terminal, plain (tab-separated) in a pipe.",
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
    overwrite: Annotated[
        bool, _option("--overwrite", panel=RESULTS, text="Replace masks and images written before.")
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
            text="Findings of this earlier .json report are known and do not count.",
        ),
    ] = None
    cache: Annotated[
        Path | None,
        _option(
            "--cache",
            panel=PIPELINES,
            metavar="DIR",
            text="Skip images whose content, model and settings were seen before.",
        ),
    ] = None
    exit_zero: Annotated[
        bool, _option("--exit-zero", panel=PIPELINES, text="Exit 0, not 1, on findings.")
    ] = False
    quiet: Annotated[
        bool, _option("--quiet", "-q", panel=MESSAGES, text="Nothing on standard error but errors.")
    ] = False
    verbose: Annotated[
        bool,
        _option("--verbose", "-v", panel=MESSAGES, text="Say more; tracebacks of internal errors."),
    ] = False
    no_progress: Annotated[
        bool, _option("--no-progress", panel=MESSAGES, text="No progress bar.")
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


def parameters_of(options: type[Any], names: tuple[str, ...] = ()) -> list[inspect.Parameter]:
    """Return the fields of a record of options (all, or those of `names`) as parameters."""
    hints = get_type_hints(options, include_extras=True)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if item.default is MISSING else item.default,
            annotation=hints[item.name],
        )
        for item in fields(options)
        if not names or item.name in names
    ]


def with_parameters(
    command: Callable[..., ExitStatus],
    call: Callable[..., ExitStatus],
    parameters: list[inspect.Parameter],
) -> Callable[..., ExitStatus]:
    """Return `call` under the name of `command`, with a signature for Typer to read."""

    @functools.wraps(command)
    def wrapper(**values: Any) -> ExitStatus:  # noqa: ANN401
        return call(**values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [parameter.replace(kind=keyword) for parameter in parameters]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapper
