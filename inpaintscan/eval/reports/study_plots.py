"""Which plots a study gets, from its rows and results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from inpaintscan.eval.measures.image_metrics import roc_points
from inpaintscan.eval.measures.reliability import reliability_bins
from inpaintscan.eval.reports.plots import (
    Series,
    line_plot,
    matrix_plot,
    reliability_plot,
    roc_plot,
    to_bytes,
)
from inpaintscan.eval.reports.sheets import contact_sheet, worst_false_alarms, worst_misses
from inpaintscan.eval.reports.tables import ANSWERS, Matrix, confusion_table, score_arrays
from inpaintscan.eval.rows import Measured, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVE_METRICS = (
    "image_auc",
    "image_recall",
    "false_positive_rate",
    "box_iou",
    "pixel_f1",
    "pixel_iou",
)
UNCHANGED = "none"
_LONGEST_PART = 60
"""Bytes of a data set's or a model's name in a file name, of which a system allows 255."""


def draw_figures(
    rows: Sequence[Row],
    measured: Sequence[Measured],
    matrices: Sequence[Matrix],
    suffixes: Sequence[str] = (".png",),
) -> dict[str, bytes]:
    """Return files by name: ROC, verdicts, reliability, curves, matrices, and contact sheets.

    Each plot comes as every kind of file that `suffixes` names, `.png`, `.svg` or `.pdf`; a
    contact sheet is always a PNG.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    files: dict[str, bytes] = {}
    for stem, drawn in _figures(rows, measured, matrices):
        if isinstance(drawn, bytes):
            files[stem + ".png"] = drawn
        else:
            files |= {stem + suffix: to_bytes(drawn, suffix) for suffix in suffixes}
    return files


def _figures(
    rows: Sequence[Row], measured: Sequence[Measured], matrices: Sequence[Matrix]
) -> Iterator[tuple[str, Figure | bytes]]:
    """Yield plots, and contact sheets as PNG files, each with the stem of its file's name."""
    plain = [one for one in measured if not one.perturbation]
    for dataset in dict.fromkeys(one.dataset for one in plain):
        own = [one for one in plain if one.dataset == dataset]
        yield from _roc(dataset, own)
        for one in own:
            yield from _of_one(one)
        yield from _falling_curves(dataset, [row for row in rows if row.dataset == dataset])
    for matrix in matrices:
        yield _stem("matrix", matrix.dataset, matrix.metric), _matrix(matrix)


def _stem(*parts: str) -> str:
    """Return the stem of a file name; a long part is told by its end and a hash."""
    return "-".join(map(_file_part, parts))


def _file_part(part: str) -> str:
    safe = re.sub(r"[^\w.]+", "_", part).strip("_.") or "_"
    if len(safe.encode()) <= _LONGEST_PART:
        return safe
    key = hashlib.sha256(part.encode(errors="surrogateescape")).hexdigest()[:8]
    return safe.encode()[-_LONGEST_PART:].decode(errors="ignore") + f"_{key}"


def _roc(dataset: str, measured: Sequence[Measured]) -> Iterator[tuple[str, Figure]]:
    curves = {}
    for one in measured:
        scores, positive = score_arrays(one.results)
        if positive.any() and not positive.all():
            fpr, tpr, _ = roc_points(scores, positive)
            curves[one.model.name] = (fpr.tolist(), tpr.tolist())
    if curves:
        yield _stem("roc", dataset), roc_plot(curves, f"ROC on {dataset}")


def _of_one(one: Measured) -> Iterator[tuple[str, Figure | bytes]]:
    key = (one.dataset, one.model.name)
    where = f"{one.model.name} on {one.dataset}"
    yield _stem("verdicts", *key), _verdicts(one, f"Verdicts of {where}")
    scores, positive = score_arrays(one.results)
    if positive.any() and not positive.all():
        bins = reliability_bins(scores, positive)
        yield _stem("reliability", *key), reliability_plot(bins, f"Reliability of {where}")
    for name, what, worst in (
        ("false_alarms", "Clean images with the highest scores", worst_false_alarms(one.results)),
        ("misses", "Manipulated images with the lowest scores", worst_misses(one.results)),
    ):
        if worst:
            yield _stem(name, *key), contact_sheet(worst, f"{what}: {where}")


def _verdicts(one: Measured, title: str) -> Figure:
    table = confusion_table(one.results)
    shares, texts = [], []
    for counts in table.values():
        total = sum(counts.values())
        shares.append([count / total if total else None for count in counts.values()])
        texts.append([str(count) for count in counts.values()])
    return matrix_plot(
        list(table), ANSWERS, shares, texts, title, row_label="label", column_label="verdict"
    )


def _falling_curves(dataset: str, rows: Sequence[Row]) -> Iterator[tuple[str, Figure]]:
    """Yield, for each model and kind of perturbation, how the metrics change with strength."""
    whole = [row for row in rows if not row.field]
    for model in dict.fromkeys(row.model for row in whole):
        own = [row for row in whole if row.model == model]
        unchanged = [row for row in own if not row.perturbation]
        kinds = dict.fromkeys(row.perturbation.split(":")[0] for row in own if row.perturbation)
        for kind in kinds:
            steps = [row for row in own if row.perturbation.split(":")[0] == kind]
            title = f"{kind}: {model.name} on {dataset}"
            yield _stem(kind, dataset, model.name), _curve_plot([*unchanged, *steps], title, kind)


def _curve_plot(rows: Sequence[Row], title: str, kind: str) -> Figure:
    names = [row.perturbation.partition(":")[2] or row.perturbation or UNCHANGED for row in rows]
    series = []
    for metric in CURVE_METRICS:
        points = [(x, row.metrics[metric]) for x, row in enumerate(rows) if metric in row.metrics]
        if points:
            places = [float(x) for x, _ in points]
            ranges = [(found.value, found.low, found.high) for _, found in points]
            values, low, high = zip(*ranges, strict=True)
            series.append(Series(metric, places, values, low, high, markers=True))
    ends = (-0.3, len(rows) - 0.7)
    return line_plot(
        series, title, f"{kind} strength", "", x_range=ends, y_range=(0, 1), x_names=names
    )


def _matrix(matrix: Matrix) -> Figure:
    values = [[None if cell is None else cell.value for cell in line] for line in matrix.cells]
    texts = [["-" if value is None else f"{value:.3f}" for value in line] for line in values]
    title = f"{matrix.metric} on {matrix.dataset}"
    return matrix_plot(
        matrix.names,
        matrix.columns,
        values,
        texts,
        title,
        row_label="trained on",
        column_label="tested on",
    )
