"""What a report holds, and its rows as text: one line per figure, models in columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inpaintscan.data.samples import LABELS
from inpaintscan.eval.measures.image_metrics import Array, Bools
from inpaintscan.eval.measures.intervals import Interval
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.rows import Measured, Model, Row
from inpaintscan.findings import VERDICTS
from inpaintscan.images import show_path


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of one group of one data set, for every model."""

    dataset: str
    group: str
    perturbation: str
    metric: str
    cells: tuple[Interval | None, ...]
    """In the order of the models; None where a model has no such figure."""

    @property
    def n(self) -> int:
        """The number of images behind the figures."""
        return max((cell.n for cell in self.cells if cell is not None), default=0)

    @property
    def photos(self) -> int:
        """The number of distinct photos that these images show."""
        return max((cell.photos for cell in self.cells if cell is not None), default=0)


def models_of(rows: Sequence[Row]) -> list[Model]:
    """Return the models of some rows, each once, in order."""
    return list(dict.fromkeys(row.model for row in rows))


def to_lines(rows: Sequence[Row], metrics: Sequence[str]) -> list[Line]:
    """Return the lines of a table: for each group in order, the metrics that any model has.

    Data sets and groups are named by one line of text each.
    """
    models = models_of(rows)
    table: dict[tuple[str, str, str], dict[Model, Row]] = {}
    for row in rows:
        table.setdefault((row.dataset, row.group, row.perturbation), {})[row.model] = row
    lines = []
    for (dataset, group, perturbation), by_model in table.items():
        for metric in metrics:
            cells = tuple(
                by_model[model].metrics.get(metric) if model in by_model else None
                for model in models
            )
            if any(cell is not None for cell in cells):
                names = show_path(dataset), show_path(group)
                lines.append(Line(*names, perturbation, metric, cells))
    return lines


def interval_text(interval: Interval | None) -> str:
    """Return a figure with its interval, such as `0.912 [0.880, 0.941]`."""
    if interval is None or math.isnan(interval.value):
        return "-"
    if math.isnan(interval.low):
        return f"{interval.value:.3f}"
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def to_tsv(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    """Return tab-separated lines with a heading; a model has three columns: value, low, high."""
    heading = ["dataset", "group", "perturb", "metric", "n"]
    for model in models_of(rows):
        name = show_path(model.name)
        heading += [name, f"{name}:low", f"{name}:high"]
    lines = ["\t".join(heading)]
    for line in to_lines(rows, metrics):
        fields = [line.dataset, line.group, line.perturbation or "-", line.metric, str(line.n)]
        for cell in line.cells:
            numbers = (cell.value, cell.low, cell.high) if cell else (math.nan,) * 3
            fields += ["-" if math.isnan(number) else f"{number:.4f}" for number in numbers]
        lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Train-kind against test-kind for one metric on one data set (Adler's tables 3 to 7)."""

    metric: str
    dataset: str
    columns: tuple[str, ...]
    """The kinds tested on."""
    names: tuple[str, ...]
    """The rows: the kind trained on, or the model where its card does not say."""
    cells: tuple[tuple[Interval | None, ...], ...]

    def lines(self) -> list[list[str]]:
        """Return the rows as text: the name, then a figure with its interval in each column."""
        rows = zip(self.names, self.cells, strict=True)
        return [[name, *map(interval_text, cells)] for name, cells in rows]


def to_matrices(rows: Sequence[Row], metrics: Sequence[str]) -> list[Matrix]:
    """Return one matrix for each data set and metric with figures by kind."""
    matrices = []
    models = models_of(rows)
    by_kind = [row for row in rows if row.field == "kind" and not row.perturbation]
    for dataset in dict.fromkeys(row.dataset for row in by_kind):
        own = {(row.model, row.value): row for row in by_kind if row.dataset == dataset}
        kinds = tuple(dict.fromkeys(value for _, value in own))
        for metric in metrics:
            cells = tuple(
                tuple(
                    own[model, kind].metrics.get(metric) if (model, kind) in own else None
                    for kind in kinds
                )
                for model in models
            )
            if any(cell is not None for line in cells for cell in line):
                names = tuple(_matrix_name(model) for model in models)
                matrices.append(Matrix(metric, dataset, kinds, names, cells))
    return matrices


def _matrix_name(model: Model) -> str:
    if not model.trained_on or model.trained_on == model.name:
        return model.name
    return f"{model.trained_on} ({model.name})"


ANSWERS = tuple(verdict for verdict in VERDICTS if verdict != "error")
"""The verdicts of images that could be read."""


def score_arrays(results: Sequence[ImageResult]) -> tuple[Array, Bools]:
    """Return scores float64 (N,) and whether each image is manipulated, errors left out."""
    kept = [result for result in results if result.error is None]
    scores = np.array([result.score for result in kept], dtype=np.float64)
    return scores, np.array([result.sample.manipulated for result in kept], dtype=bool)


def confusion_table(results: Sequence[ImageResult]) -> dict[str, dict[str, int]]:
    """Return for each label that occurs how often each of `ANSWERS` was given."""
    table: dict[str, dict[str, int]] = {
        label: dict.fromkeys(ANSWERS, 0)
        for label in LABELS
        if any(result.sample.label == label for result in results)
    }
    for result in results:
        if result.error is None:
            table[result.sample.label][result.verdict] += 1
    return table


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows."""

    rows: Sequence[Row]
    measured: Sequence[Measured]
    settings: Mapping[str, Any]
    started: str
    """UTC, ISO 8601."""
    finished: str
    shown: Sequence[str]
    """The metrics of the HTML tables."""
    matrices: Sequence[Matrix] = ()
    plots: Mapping[str, bytes] = field(default_factory=dict)
    """PNG files by name."""
