"""Figures as files: JSON with everything, CSV in long form, and one self-contained HTML page."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from inpaintscan import __version__
from inpaintscan.errors import UsageError
from inpaintscan.eval.calibration import reliability_bins
from inpaintscan.eval.curves import confusion_table, score_arrays
from inpaintscan.eval.metrics import roc_points
from inpaintscan.eval.rows import Measured, Row
from inpaintscan.eval.summary import METRICS
from inpaintscan.eval.tables import Matrix, interval_text, models_of, to_lines

SCHEMA_VERSION = "1.0"
CSV_COLUMNS = ("dataset", "group_by", "group", "perturb", "model", "metric", "value", "low", "high",
               "n")  # fmt: skip


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


def write_report(path: Path, report: Report) -> None:
    """Write a report in the format of the path's ending, through a temporary name."""
    write_file(path, WRITERS[check_report(path).suffix.lower()](report).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file through a temporary name in its folder, made if need be.

    Raises:
        UsageError: if it cannot be written there.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
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
        "errors": row.errors,
        "metrics": {
            name: {
                "value": _number(found.value),
                "low": _number(found.low),
                "high": _number(found.high),
                "n": found.n,
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
        fpr, tpr, thresholds = roc_points(scores, positive)
        fields["roc"] = {
            "fpr": [_number(value) for value in fpr.tolist()],
            "tpr": [_number(value) for value in tpr.tolist()],
            "threshold": [_number(value) for value in thresholds.tolist()],
        }
    return fields


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def to_csv(report: Report) -> str:
    """Return one line a figure."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in report.rows:
        for name, found in row.metrics.items():
            numbers = [_number(value) for value in (found.value, found.low, found.high)]
            shown = ["" if number is None else number for number in numbers]
            key = (row.dataset, row.field, row.value, row.perturbation, row.model.name, name)
            writer.writerow([*key, *shown, found.n])
    return buffer.getvalue()


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
body{color:#1b1f24}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}p,td.n{color:#57606a}
table{border-collapse:collapse;margin:.8rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .8rem;border-bottom:1px solid #d8dee4;text-align:right;white-space:nowrap}
th:first-child,td:first-child,td.t,th.t{text-align:left}thead th{border-bottom:2px solid #57606a}
img{max-width:100%;margin:.5rem 1rem .5rem 0;border:1px solid #d8dee4}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}p,td.n{color:#9198a1}
th,td,img{border-color:#30363d}}
"""


def to_html(report: Report) -> str:
    """Return one page with tables and plots; it needs no network."""
    escape = html.escape
    models = models_of(report.rows)
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>inpaintscan eval</title><style>{_STYLE}</style><h1>inpaintscan eval</h1>",
        f"<p>inpaintscan {escape(__version__)}, {escape(report.started)} to "
        f"{escape(report.finished)} UTC. Value, 95&thinsp;% interval, number of images behind it. "
        "Figures named best are upper bounds, chosen on these images.</p><ul>",
        *(
            f"<li>{escape(model.name)} <code>{escape(model.sha256[:16])}</code></li>"
            for model in models
        ),
        "</ul>",
    ]
    for dataset in dict.fromkeys(row.dataset for row in report.rows):
        rows = [row for row in report.rows if row.dataset == dataset]
        parts += [f"<h2>{escape(dataset)}</h2>", _html_lines(rows, report.shown)]
    for matrix in report.matrices:
        parts += [
            f"<h2>{escape(matrix.metric)} on {escape(matrix.dataset)}: trained on (rows), "
            "tested on (columns)</h2>",
            _html_table(["", *matrix.columns], _matrix_cells(matrix), texts=1),
        ]
    for name, content in report.plots.items():
        data = base64.b64encode(content).decode("ascii")
        title = escape(Path(name).stem.replace("-", " "), quote=True)
        parts += [f"<h2>{title}</h2>", f'<img alt="{title}" src="data:image/png;base64,{data}">']
    said = ((name, text) for name, text in METRICS.items())
    parts += ["<h2>What the figures are</h2>", _html_table(["metric", "meaning"], said, texts=2)]
    return "\n".join([*parts, "</html>", ""])


def _matrix_cells(matrix: Matrix) -> list[list[str]]:
    lines = zip(matrix.names, matrix.cells, strict=True)
    return [[name, *(interval_text(cell) for cell in cells)] for name, cells in lines]


def _html_lines(rows: Sequence[Row], shown: Sequence[str]) -> str:
    names = [model.name for model in models_of(rows)]
    lines = [
        [
            line.group,
            line.perturbation or "-",
            line.metric,
            *(interval_text(cell) for cell in line.cells),
            str(line.n),
        ]
        for line in to_lines(rows, shown)
    ]
    return _html_table(["group", "perturb", "metric", *names, "n"], lines, texts=3)


def _html_table(heading: Sequence[str], lines: Any, texts: int) -> str:  # noqa: ANN401
    def cells(values: Sequence[str], tag: str) -> str:
        marks = (' class="t"' if number < texts else "" for number in range(len(values)))
        return "".join(
            f"<{tag}{mark}>{html.escape(value)}</{tag}>"
            for mark, value in zip(marks, values, strict=True)
        )

    body = "".join(f"<tr>{cells(line, 'td')}</tr>" for line in lines)
    return f"<table><thead><tr>{cells(heading, 'th')}</tr></thead><tbody>{body}</tbody></table>"


WRITERS: dict[str, Callable[[Report], str]] = {".json": to_json, ".csv": to_csv, ".html": to_html}
