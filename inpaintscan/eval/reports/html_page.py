"""A report as one self-contained HTML page."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from inpaintscan import __version__
from inpaintscan.eval.measures.group_metrics import METRICS
from inpaintscan.eval.reports.tables import Report, interval_text, models_of, to_lines
from inpaintscan.eval.rows import Row

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
        f"{escape(report.finished)} UTC. Value, 95&thinsp;% interval, number of images behind "
        "it (n) and of the distinct photos they show: versions and copies of a photo are one. "
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
            _html_table(["", *matrix.columns], matrix.lines(), texts=1),
        ]
    for name, content in report.plots.items():
        if not name.endswith(".png"):
            continue
        data = base64.b64encode(content).decode("ascii")
        title = escape(Path(name).stem.replace("-", " "), quote=True)
        parts += [f"<h2>{title}</h2>", f'<img alt="{title}" src="data:image/png;base64,{data}">']
    said = ((name, text) for name, text in METRICS.items())
    parts += ["<h2>What the figures are</h2>", _html_table(["metric", "meaning"], said, texts=2)]
    return "\n".join([*parts, "</html>", ""])


def _html_lines(rows: Sequence[Row], shown: Sequence[str]) -> str:
    names = [model.name for model in models_of(rows)]
    lines = []
    for line in to_lines(rows, shown):
        figures = map(interval_text, line.cells)
        named = (line.group, line.perturbation or "-", line.metric)
        lines.append([*named, *figures, str(line.n), str(line.photos)])
    return _html_table(["group", "perturb", "metric", *names, "n", "photos"], lines, texts=3)


def _html_table(heading: Sequence[str], lines: Iterable[Sequence[str]], texts: int) -> str:
    def cells(values: Sequence[str], tag: str) -> str:
        marks = (' class="t"' if number < texts else "" for number in range(len(values)))
        return "".join(
            f"<{tag}{mark}>{html.escape(value)}</{tag}>"
            for mark, value in zip(marks, values, strict=True)
        )

    body = "".join(f"<tr>{cells(line, 'td')}</tr>" for line in lines)
    return f"<table><thead><tr>{cells(heading, 'th')}</tr></thead><tbody>{body}</tbody></table>"
