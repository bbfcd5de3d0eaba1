"""Figures as rows: a model, a data set, a group of it, a perturbation, and every metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inpaintscan.errors import UsageError
from inpaintscan.eval.evaluate import find_groups
from inpaintscan.eval.measures.group_metrics import METRICS, Resampling, photos_of, summarise
from inpaintscan.eval.measures.intervals import Interval
from inpaintscan.eval.measures.results import ImageResult

KEY_METRICS = (
    "image_auc", "image_balanced_accuracy", "image_recall", "false_positive_rate",
    "image_tpr_at_fpr_1", "box_iou", "box_success_50", "pixel_f1", "pixel_f1_floor", "pixel_iou",
    "pixel_false_positive_share",
)  # fmt: skip
"""What the printed table shows unless told; reports hold every metric."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was measured."""

    name: str
    sha256: str = ""
    trained_on: str = ""
    """The kind of manipulation it was trained on, where its card says so."""


@dataclass(frozen=True, slots=True)
class Measured:
    """All results of one model on one data set, as it is or under one perturbation."""

    model: Model
    dataset: str
    results: tuple[ImageResult, ...]
    perturbation: str = ""
    cut_away: int = 0
    """Images left out, as the perturbation left nothing of what was replaced in them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report."""

    model: Model
    dataset: str
    perturbation: str
    field: str
    """What the data set was grouped by; empty: all of it."""
    value: str
    images: int
    photos: int
    """Distinct ones that the images show: versions and copies of one are one."""
    errors: int
    metrics: dict[str, Interval]

    @property
    def group(self) -> str:
        """The group as shown, such as `method=vae`; `all` for the whole data set."""
        return f"{self.field}={self.value}" if self.field else "all"


def to_rows(
    measured: Iterable[Measured], fields: Sequence[str], resampling: Resampling
) -> list[Row]:
    """Return the rows of some measurements: each whole data set, then its groups by each field."""
    return [
        Row(
            model=one.model,
            dataset=one.dataset,
            perturbation=one.perturbation,
            field=group.field,
            value=group.value,
            images=len(group.results),
            photos=len(set(photos_of([result.sample for result in group.results]))),
            errors=sum(result.error is not None for result in group.results),
            metrics=summarise(group.results, resampling),
        )
        for one in measured
        for group in find_groups(one.results, fields)
    ]


def check_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics to show: those named, or the key ones for none.

    Raises:
        UsageError: if there is no such metric.
    """
    for name in names:
        if name not in METRICS:
            raise UsageError(f"no metric {name!r}; known: {', '.join(METRICS)}")
    return tuple(names) or KEY_METRICS


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure that must be reached for the command to end with status 0."""

    metric: str
    least: float

    def misses(self, rows: Sequence[Row]) -> list[str]:
        """Return a line for each whole data set that does not reach it."""
        lines = []
        for row in rows:
            if row.field or row.perturbation:
                continue
            found = row.metrics.get(self.metric)
            if found is None or found.value < self.least:
                value = "not defined" if found is None else f"{found.value:.4f}"
                lines.append(
                    f"{row.dataset}, {row.model.name}: {self.metric} is {value}, "
                    f"less than {self.least:g}"
                )
        return lines


def parse_gate(text: str) -> Gate:
    """Parse `metric=value`.

    Raises:
        UsageError: if it is not one, or names no metric.
    """
    name, _, value = text.partition("=")
    check_metrics([name])
    try:
        return Gate(name, float(value))
    except ValueError as error:
        raise UsageError(f"--min {text}: give it as metric=value, such as image_auc=0.9") from error
