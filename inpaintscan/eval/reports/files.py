"""Figures as files: JSON with everything, CSV in long form or by image, and one HTML page."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inpaintscan import __version__
from inpaintscan.errors import UsageError
from inpaintscan.eval.measures.group_metrics import METRICS
from inpaintscan.eval.measures.image_metrics import roc_points
from inpaintscan.eval.measures.intervals import Interval
from inpaintscan.eval.measures.reliability import reliability_bins
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.reports.html_page import to_html
from inpaintscan.eval.reports.tables import Report, confusion_table, models_of, score_arrays
from inpaintscan.eval.rows import Measured, Row
from inpaintscan.files import write_bytes, write_text
from inpaintscan.images.names import as_text_cell

SCHEMA_VERSION = "1.0"
CSV_COLUMNS = ("dataset", "group_by", "group", "perturb", "model", "metric", "value", "low", "high",
               "n", "photos")  # fmt: skip


def write_report(path: Path, report: Report) -> None:
    """Write a report in the format of the path's ending, through a temporary name."""
    write_file(path, WRITERS[check_report(path).suffix.lower()](report))


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file through a temporary name in its folder, made if need be.

    Raises:
        UsageError: if it cannot be written there.
    """
    try:
        if isinstance(content, str):
            write_text(path, content)
        else:
            write_bytes(path, content)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from error


def check_report(path: Path) -> Path:
    """Return the path.

    Raises:
        UsageError: if its ending is of no known format.
    """
    if path.suffix.lower() not in WRITERS:
        raise UsageError(f"--report {path}: unknown format; end it in {', '.join(WRITERS)}")
    return path


def to_json(report: Report) -> str:
    """Return every row, ROC points, reliability bins and confusion tables as JSON."""
    fields = {
        "schema_version": SCHEMA_VERSION,
        "tool": "inpaintscan",
        "version": __version__,
        "command": "eval",
        "models": [asdict(model) for model in models_of(report.rows)],
        "settings": dict(report.settings),
        "started": report.started,
        "finished": report.finished,
        "metrics": METRICS,
        "rows": [_row_fields(row) for row in report.rows],
        "curves": [_curve_fields(one) for one in report.measured],
        "errors": [
            {"image": str(result.sample.image), "error": result.error}
            for one in report.measured
            for result in one.results
            if result.error is not None
        ],
    }
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row_fields(row: Row) -> dict[str, Any]:
    return {
        "model": row.model.name,
        "dataset": row.dataset,
        "perturb": row.perturbation or None,
        "group_by": row.field or None,
        "group": row.value or None,
        "images": row.images,
        "photos": row.photos,
        "errors": row.errors,
        "metrics": {
            name: {
                **dict(zip(("value", "low", "high"), _numbers(found), strict=True)),
                "n": found.n,
                "photos": found.photos,
            }
            for name, found in row.metrics.items()
        },
    }


def _curve_fields(measured: Measured) -> dict[str, Any]:
    scores, positive = score_arrays(measured.results)
    fields: dict[str, Any] = {
        "model": measured.model.name,
        "dataset": measured.dataset,
        "perturb": measured.perturbation or None,
        "verdicts": confusion_table(measured.results),
        "reliability": [asdict(one) for one in reliability_bins(scores, positive)],
        "roc": None,
    }
    if positive.any() and not positive.all():
        columns = zip(("fpr", "tpr", "threshold"), roc_points(scores, positive), strict=True)
        fields["roc"] = {name: [*map(_number, values.tolist())] for name, values in columns}
    return fields


def _numbers(found: Interval) -> list[float | None]:
    """Return value, low and high."""
    return [_number(value) for value in (found.value, found.low, found.high)]


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def to_csv(report: Report) -> str:
    """Return one line per figure."""
    lines: list[list[object]] = []
    for row in report.rows:
        for name, found in row.metrics.items():
            shown = ["" if number is None else number for number in _numbers(found)]
            key = (row.dataset, row.field, row.value, row.perturbation, row.model.name, name)
            lines.append([*map(as_text_cell, key), *shown, found.n, found.photos])
    return _csv_text(CSV_COLUMNS, lines)


WRITERS: dict[str, Callable[[Report], str]] = {".json": to_json, ".csv": to_csv, ".html": to_html}


COLUMNS = (
    "model", "dataset", "perturb", "image", "label", "method", "kind", "mask_kind", "category",
    "source", "verdict", "score", "inpainted_score", "generated_score", "box_iou", "pixel_f1",
    "pixel_iou", "pixel_mcc", "pixel_auc", "pixel_f1_floor", "flagged_share", "error",
    "photo",
)  # fmt: skip


def per_image_csv(measured: Iterable[Measured]) -> str:
    """Return the results as CSV, numbers with six digits, empty where there is none."""
    lines = (
        [*map(as_text_cell, (one.model.name, one.dataset, one.perturbation)), *_fields(result)]
        for one in measured
        for result in one.results
    )
    return _csv_text(COLUMNS, lines)


def _csv_text(heading: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([heading, *lines])
    return buffer.getvalue()


def _fields(result: ImageResult) -> list[str]:
    sample, pixels = result.sample, result.pixels
    found = [math.nan] * 5
    if pixels is not None:
        found = [pixels.f1, pixels.iou, pixels.mcc, pixels.auc, pixels.floor_f1]
    numbers = [result.score, result.inpainted_score, result.generated_score, result.box_iou]
    texts = (
        sample.image.as_posix(), sample.label, sample.method, sample.kind, sample.mask_kind,
        sample.category, sample.source,
    )  # fmt: skip
    return [
        *map(as_text_cell, texts),
        result.verdict,
        *("" if math.isnan(value) else f"{value:.6g}" for value in [*numbers, *found]),
        "" if math.isnan(result.flagged_share) else f"{result.flagged_share:.6g}",
        as_text_cell(result.error or ""),
        as_text_cell(sample.photo),
    ]
