"""Plots drawn by matplotlib, which the extra `plots` brings: as PNG, or as SVG or PDF lines."""

from __future__ import annotations

import functools
import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from inpaintscan.errors import MissingExtraError
from inpaintscan.eval.measures.reliability import ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_P = ParamSpec("_P")
_R = TypeVar("_R")
PALETTE = ("#0969da", "#cf5c00", "#1a7f37", "#8250df", "#bf3989", "#57606a")
GREY, LIGHT = "#57606a", "#e3e7eb"
_STYLE = {
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "sans-serif",
    "grid.color": LIGHT,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "inpaintscan",
    "text.parse_math": False,  # names may hold dollar signs
    "xtick.color": GREY,
    "ytick.color": GREY,
}
_UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
_NAMES_ACROSS = 70
"""Characters of the names below an axis that stand beside one another; more are slanted."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a plot; `low` and `high`, if given, are drawn as a band around it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    markers: bool = False


def check_plots() -> None:
    """Make sure that plots can be drawn.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("drawing plots", "plots") from error


def _styled(draw: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function draw in our style, and name the extra if matplotlib is missing."""

    @functools.wraps(draw)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        check_plots()
        import matplotlib

        with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type]
            return draw(*args, **kwargs)

    return drawn


@_styled
def to_bytes(figure: Figure, suffix: str = ".png") -> bytes:
    """Return a plot as a file of the kind that the suffix names: `.png`, `.svg` or `.pdf`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix[1:], dpi=150, metadata=_UNDATED[suffix])
    return buffer.getvalue()


@_styled
def line_plot(
    series: Sequence[Series],
    title: str,
    x_label: str,
    y_label: str,
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    x_names: Sequence[str] = (),
    diagonal: bool = False,
) -> Figure:
    """Return a plot of some lines with a legend below; ranges are taken from the data if not given.

    `x_names` are written at x = 0, 1, 2, ... instead of numbers.

    Raises:
        MissingExtraError: if matplotlib is not installed; so for all plots.
    """
    named = sum(bool(one.name) for one in series)
    width, height = (5.2, 5.0) if diagonal else (6.4, 4.4)
    figure, axes = _begin(title, (width, height + 0.2 * named), x_label, y_label)
    if diagonal:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for number, one in enumerate(series):
        colour = PALETTE[number % len(PALETTE)]
        dots = "o" if one.markers or len(one.x) == 1 else None
        axes.plot(
            one.x, one.y, color=colour, marker=dots, markersize=4, label=_wrapped(one.name, width)
        )
        if one.low:
            axes.fill_between(one.x, one.low, one.high, color=colour, alpha=0.14, linewidth=0)
    if x_names:
        slant = 40 if sum(map(len, x_names)) > _NAMES_ACROSS else 0
        names = [_safe(name) for name in x_names]
        axes.set_xticks(range(len(names)), names, rotation=slant, ha="right" if slant else "center")
    if x_range is not None:
        axes.set_xlim(*x_range)
    if y_range is not None:
        axes.set_ylim(*y_range)
    if named:
        figure.legend(loc="outside lower left")
    return figure


def roc_plot(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str) -> Figure:
    """Return ROC curves; each name goes with its (fpr, tpr)."""
    return line_plot(
        [Series(name, fpr, tpr) for name, (fpr, tpr) in curves.items()],
        title,
        "share of clean images flagged",
        "share of manipulated images found",
        x_range=(0, 1),
        y_range=(0, 1),
        diagonal=True,
    )


@_styled
def reliability_plot(bins: Sequence[ReliabilityBin], title: str) -> Figure:
    """Return score against share of manipulated images, and below it the images of each bin."""
    figure, axes = _begin(title, (5.2, 5.8), "", "share of images that are manipulated", rows=2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    shares = [one.manipulated_share for one in bins]
    axes.plot([one.mean_score for one in bins], shares, color=PALETTE[0], marker="o")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    counts = figure.axes[1]
    edges = [one.low for one in bins]
    widths = [one.high - one.low for one in bins]
    counts.bar(edges, [one.n for one in bins], widths, align="edge", color=PALETTE[0], alpha=0.4)
    counts.set(xlabel="score", ylabel="images")
    return figure


@_styled
def matrix_plot(
    rows: Sequence[str],
    columns: Sequence[str],
    shares: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str]],
    title: str,
    *,
    row_label: str,
    column_label: str,
) -> Figure:
    """Return a table of cells shaded by `shares` in [0, 1] with `texts` written in them."""
    longest = max(map(len, (*columns, *(text for line in texts for text in line))), default=0)
    width = 2.2 + max(map(len, rows), default=0) * 0.09 + max(1.0, longest * 0.1) * len(columns)
    figure, axes = _begin(title, (max(width, 4.0), 1.6 + 0.5 * len(rows)), column_label, row_label)
    values = [[float("nan") if share is None else share for share in line] for line in shares]
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [_safe(name) for name in columns])
    axes.set_yticks(range(len(rows)), [_safe(name) for name in rows])
    axes.grid(visible=False)
    for row, (line, shown) in enumerate(zip(shares, texts, strict=True)):
        for column, (share, text) in enumerate(zip(line, shown, strict=True)):
            ink = "white" if share is not None and share > 0.55 else "black"
            axes.text(column, row, text, ha="center", va="center", color=ink)
    return figure


def _begin(
    title: str, size: tuple[float, float], x_label: str, y_label: str, rows: int = 1
) -> tuple[Figure, Axes]:
    """Return an empty plot, laid out so that nothing lies over anything else; a second is low."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, sharex=True, squeeze=False, height_ratios=[4, 1][:rows])[0, 0]
    figure.suptitle(_wrapped(title, size[0]), fontsize=10, x=0.02, ha="left")
    axes.set(xlabel=_safe(x_label), ylabel=_safe(y_label), axisbelow=True)
    return figure, axes


def _wrapped(text: str, inches: float) -> str:
    """Return a name or title in lines that fit a plot of some width."""
    return textwrap.fill(_safe(text), max(16, round(inches * 10)))


def _safe(text: str) -> str:
    """Return a name that can be written: undecodable bytes of a file name are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
