"""Figures on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from inpaintscan.eval.reports.tables import Line, Matrix, interval_text, models_of, to_lines
from inpaintscan.eval.rows import Row
from inpaintscan.images import show_path

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_rows(console: Console, rows: Sequence[Row], metrics: Sequence[str]) -> None:
    """Print one table per data set: a line per figure, a column per model."""
    for dataset in dict.fromkeys(row.dataset for row in rows):
        own = [row for row in rows if row.dataset == dataset]
        table = _new_table(show_path(dataset))
        for heading in ("group", "metric"):
            table.add_column(heading, no_wrap=True)
        for model in models_of(rows):
            table.add_column(show_path(model.name), justify="right", no_wrap=True)
        for heading in ("n", "photos"):
            table.add_column(heading, justify="right", style="dim")
        for name, lines in groupby(to_lines(own, metrics), key=_group_name):
            for number, line in enumerate(lines):
                cells = [interval_text(cell) for cell in line.cells]
                counts = (str(line.n), str(line.photos))
                table.add_row(name if number == 0 else "", line.metric, *cells, *counts)
            table.add_section()
        console.print(table)


def _group_name(line: Line) -> str:
    return f"{line.group}, {line.perturbation}" if line.perturbation else line.group


def print_matrices(console: Console, matrices: Sequence[Matrix]) -> None:
    """Print train-kind against test-kind."""
    for matrix in matrices:
        table = _new_table(show_path(f"{matrix.metric} on {matrix.dataset}"))
        table.add_column("trained on")
        for kind in matrix.columns:
            table.add_column(show_path(kind), justify="right", no_wrap=True)
        for line in matrix.lines():
            table.add_row(*map(show_path, line))
        console.print(table)


def _new_table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)


def matrices_to_tsv(matrices: Sequence[Matrix]) -> str:
    """Return the matrices as tab-separated lines, value and interval in a cell."""
    lines = []
    for matrix in matrices:
        heading = [f"{matrix.metric} on {matrix.dataset}", *matrix.columns]
        lines += ["\t".join(map(show_path, line)) for line in (heading, *matrix.lines())]
    return "".join(f"{line}\n" for line in lines)
