"""Which plots a study gets, from its rows and results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from inpaintscan.eval.calibration import reliability_bins
from inpaintscan.eval.curves import VERDICTS, confusion_table, score_arrays
from inpaintscan.eval.drawing import Series
from inpaintscan.eval.metrics import roc_points
from inpaintscan.eval.plots import line_plot, matrix_plot, reliability_plot, roc_plot
from inpaintscan.eval.rows import Measured, Row
from inpaintscan.eval.sheets import contact_sheet, worst_false_alarms, worst_misses
from inpaintscan.eval.tables import Matrix

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
    rows: Sequence[Row], measured: Sequence[Measured], matrices: Sequence[Matrix]
) -> dict[str, bytes]:
    """Return PNG files by name: ROC, verdicts, reliability, contact sheets, curves, matrices."""
    plots: dict[str, bytes] = {}
    plain = [one for one in measured if not one.perturbation]
    for dataset in dict.fromkeys(one.dataset for one in plain):
        own = [one for one in plain if one.dataset == dataset]
        plots |= _roc(dataset, own)
        for one in own:
            plots |= _of_one(one, rows)
        plots |= _falling_curves(dataset, [row for row in rows if row.dataset == dataset])
    for matrix in matrices:
        plots[_file("matrix", matrix.dataset, matrix.metric)] = _matrix(matrix)
    return plots


def _file(*parts: str) -> str:
    """Return a file name of parts such as a data set's path; a long one by its end and a hash."""
    return "-".join(map(_file_part, parts)) + ".png"


def _file_part(part: str) -> str:
    safe = re.sub(r"[^\w.]+", "_", part).strip("_.") or "_"
    if len(safe.encode()) <= _LONGEST_PART:
        return safe
    key = hashlib.sha256(part.encode(errors="surrogateescape")).hexdigest()[:8]
    return safe.encode()[-_LONGEST_PART:].decode(errors="ignore") + f"_{key}"


def _roc(dataset: str, measured: Sequence[Measured]) -> dict[str, bytes]:
    curves = {}
    for one in measured:
        scores, positive = score_arrays(one.results)
        if positive.any() and not positive.all():
            fpr, tpr, _ = roc_points(scores, positive)
            curves[one.model.name] = (fpr.tolist(), tpr.tolist())
    if not curves:
        return {}
    return {_file("roc", dataset): roc_plot(curves, f"ROC on {dataset}")}


def _of_one(one: Measured, rows: Sequence[Row]) -> dict[str, bytes]:
    key = (one.dataset, one.model.name)
    where = f"{one.model.name} on {one.dataset}"
    plots = {_file("verdicts", *key): _verdicts(one, f"Verdicts of {where}")}
    scores, positive = score_arrays(one.results)
    if positive.any() and not positive.all():
        title = f"Reliability of {where}"
        plots[_file("reliability", *key)] = reliability_plot(
            reliability_bins(scores, positive), title
        )
    alarms, misses = worst_false_alarms(one.results), worst_misses(one.results)
    if alarms:
        title = f"Clean images with the highest scores: {where}"
        plots[_file("false_alarms", *key)] = contact_sheet(alarms, title)
    if misses:
        title = f"Manipulated images with the lowest scores: {where}"
        plots[_file("misses", *key)] = contact_sheet(misses, title)
    return plots


def _verdicts(one: Measured, title: str) -> bytes:
    table = confusion_table(one.results)
    shares, texts = [], []
    for counts in table.values():
        total = sum(counts.values())
        shares.append([count / total if total else None for count in counts.values()])
        texts.append([str(count) for count in counts.values()])
    return matrix_plot(
        list(table), VERDICTS, shares, texts, title, row_label="label", column_label="verdict"
    )


def _falling_curves(dataset: str, rows: Sequence[Row]) -> dict[str, bytes]:
    """Return, for each model and kind of perturbation, how the metrics change with strength."""
    plots = {}
    whole = [row for row in rows if not row.field]
    for model in dict.fromkeys(row.model for row in whole):
        own = [row for row in whole if row.model == model]
        unchanged = [row for row in own if not row.perturbation]
        kinds = dict.fromkeys(row.perturbation.split(":")[0] for row in own if row.perturbation)
        for kind in kinds:
            steps = [row for row in own if row.perturbation.split(":")[0] == kind]
            plots[_file(kind, dataset, model.name)] = _curve_plot(
                [*unchanged, *steps], f"{kind}: {model.name} on {dataset}", kind
            )
    return plots


def _curve_plot(rows: Sequence[Row], title: str, kind: str) -> bytes:
    names = [row.perturbation.partition(":")[2] or row.perturbation or UNCHANGED for row in rows]
    series = []
    for metric in CURVE_METRICS:
        points = [(x, row.metrics[metric]) for x, row in enumerate(rows) if metric in row.metrics]
        if points:
            places = [float(x) for x, _ in points]
            values = [found.value for _, found in points]
            low = [found.low for _, found in points]
            high = [found.high for _, found in points]
            series.append(Series(metric, places, values, low, high, markers=True))
    ends = (-0.3, len(rows) - 0.7)
    return line_plot(
        series, title, f"{kind} strength", "", x_range=ends, y_range=(0, 1), x_names=names
    )


def _matrix(matrix: Matrix) -> bytes:
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
