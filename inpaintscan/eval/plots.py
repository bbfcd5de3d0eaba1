"""The plots of an evaluation, as PNG files: ROC, verdicts, reliability, curves of falling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inpaintscan.eval.calibration import ReliabilityBin
from inpaintscan.eval.drawing import (
    GREY,
    INK,
    PALETTE,
    PAPER,
    Axes,
    Canvas,
    Series,
    draw_axes,
    draw_legend,
    draw_series,
    text_width,
)

_MARGIN = 68
_LEGEND_ROW = 18


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
    size: tuple[int, int] = (640, 440),
) -> bytes:
    """Return a plot of some lines with a legend below; ranges are taken from the data if not given.

    `x_names` are written at x = 0, 1, 2, ... instead of numbers.
    """
    width, height = size
    named = [one.name for one in series if one.name]
    canvas = Canvas(width, height + _LEGEND_ROW * len(named))
    axes = Axes(
        _MARGIN,
        46,
        width - 24,
        height - 54,
        x_range or _range_of([one.x for one in series]),
        y_range or _range_of([one.y for one in series]),
    )
    canvas.text(axes.left, 16, title, 15)
    draw_axes(canvas, axes, x_label, y_label, x_names)
    if diagonal:
        corners = [axes.at(side, side) for side in (0.0, 1.0)]
        canvas.line(corners, GREY)
    draw_series(canvas, axes, series)
    draw_legend(canvas, axes.left, height + 2, named)
    return canvas.to_png()


def _range_of(lines: Sequence[Sequence[float]]) -> tuple[float, float]:
    values = [value for line in lines for value in line]
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def roc_plot(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str) -> bytes:
    """Return ROC curves; each name goes with its (fpr, tpr)."""
    series = [Series(name, fpr, tpr) for name, (fpr, tpr) in curves.items()]
    return line_plot(
        series,
        title,
        "share of clean images flagged",
        "share of manipulated images found",
        x_range=(0, 1),
        y_range=(0, 1),
        diagonal=True,
        size=(520, 500),
    )


def reliability_plot(bins: Sequence[ReliabilityBin], title: str) -> bytes:
    """Return score against share of manipulated images, with the bins' sizes as dots."""
    canvas = Canvas(520, 500)
    axes = Axes(_MARGIN, 46, 496, 446, (0, 1), (0, 1))
    canvas.text(axes.left, 16, title, 15)
    draw_axes(canvas, axes, "score", "share of images that are manipulated")
    canvas.line([axes.at(0, 0), axes.at(1, 1)], GREY)
    line = Series("", [b.mean_score for b in bins], [b.manipulated_share for b in bins])
    draw_series(canvas, axes, [line])
    most = max((one.n for one in bins), default=1)
    for one in bins:
        x, y = axes.at(one.mean_score, one.manipulated_share)
        radius = 2 + 7 * (one.n / most) ** 0.5
        canvas.dot(x, y, PALETTE[0], radius)
        canvas.text(x, y - radius - 4, str(one.n), 10, GREY, "mb")
    return canvas.to_png()


def matrix_plot(
    rows: Sequence[str],
    columns: Sequence[str],
    shares: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str]],
    title: str,
    *,
    row_label: str,
    column_label: str,
) -> bytes:
    """Return a table of cells shaded by `shares` in [0, 1] with `texts` written in them."""
    left = 44 + max([text_width(name) for name in rows], default=0)
    cell = max(96, *(text_width(text) + 16 for line in texts for text in line), 0)
    width = round(max(left + cell * len(columns) + 20, text_width(title, 15) + 40))
    canvas = Canvas(width, 88 + 48 * len(rows))
    canvas.text(20, 14, title, 15)
    canvas.text(left + cell * len(columns) / 2, 44, column_label, 11, GREY, "ma")
    canvas.upright(20, 82 + 24 * len(rows), row_label, 11, GREY)
    for number, name in enumerate(columns):
        canvas.text(left + cell * (number + 0.5), 70, name, 12, INK, "mm")
    for row, name in enumerate(rows):
        top = 82 + 48 * row
        canvas.text(left - 8, top + 23, name, 12, INK, "rm")
        for column, (share, text) in enumerate(zip(shares[row], texts[row], strict=True)):
            x = left + cell * column
            canvas.box(x + 1, top + 1, x + cell - 1, top + 47, _shade(share))
            ink = PAPER if share is not None and share > 0.55 else INK
            canvas.text(x + cell / 2, top + 23, text, 13, ink, "mm")
    return canvas.to_png()


def _shade(share: float | None) -> str:
    if share is None:
        return "#f4f6f8"
    part = min(max(share, 0.0), 1.0) ** 0.8
    low, high = (238, 244, 251), (9, 82, 165)
    mixed = (round(a + part * (b - a)) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)
