"""Rows, tables, matrices, gates and report files, from results made by hand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from inpaintscan.data import Sample
from inpaintscan.errors import UsageError
from inpaintscan.eval.measures.group_metrics import METRICS, Resampling
from inpaintscan.eval.measures.intervals import wilson
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.reports.files import (
    COLUMNS,
    CSV_COLUMNS,
    check_report,
    per_image_csv,
    write_file,
    write_report,
)
from inpaintscan.eval.reports.printing import matrices_to_tsv, print_matrices, print_rows
from inpaintscan.eval.reports.tables import Report, interval_text, to_lines, to_matrices, to_tsv
from inpaintscan.eval.rows import Gate, Measured, Model, Row, check_metrics, parse_gate, to_rows
from inpaintscan.eval.study import POOLED, pool_measured, to_model
from inpaintscan.weights import Card

FIRST = Model("first", "a" * 64, "realfake")
SECOND = Model("second", "b" * 64)
QUICK = Resampling(resamples=20)


def result(name: str, label: str, score: float, kind: str = "") -> ImageResult:
    sample = Sample(Path(f"{name}.png"), label, kind=kind, method="vae" if kind else "", source="s")
    verdict = "inpainted" if score >= 0.5 else "clean"
    return ImageResult(sample, verdict, score, score, 0.0)


RESULTS = (
    result("a", "inpainted", 0.9, "realfake"),
    result("b", "inpainted", 0.3, "fakefake"),
    result("<c>", "clean", 0.1, "original"),
    result("d", "clean", 0.2, "original"),
)


@pytest.fixture(scope="module")
def measured() -> list[Measured]:
    return [
        Measured(FIRST, "x/toy", RESULTS),
        Measured(SECOND, "x/toy", RESULTS[:3]),
        Measured(FIRST, "x/toy", RESULTS, "jpeg:50"),
    ]


@pytest.fixture(scope="module")
def rows(measured: list[Measured]) -> list[Row]:
    return to_rows(measured, ["kind"], QUICK)


@pytest.fixture(scope="module")
def report(measured: list[Measured], rows: list[Row]) -> Report:
    return Report(
        rows,
        [*measured, Measured(FIRST, "odd", (ImageResult(RESULTS[0].sample, "error", error="no"),))],
        {"seed": 0},
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:01:00Z",
        ("image_auc", "image_recall"),
        to_matrices(rows, ["image_recall"]),
        {"roc-toy.png": b"\x89PNG"},
    )


def test_rows_are_the_whole_set_then_its_groups(rows: list[Row]) -> None:
    keys = [(row.model.name, row.perturbation, row.group, row.images) for row in rows]
    assert keys[:3] == [
        ("first", "", "all", 4),
        ("first", "", "kind=fakefake", 3),
        ("first", "", "kind=realfake", 3),
    ]
    assert len(rows) == 9


def test_a_line_has_a_cell_for_every_model(rows: list[Row]) -> None:
    lines = to_lines(rows, ["image_recall", "pixel_f1"])
    assert {line.metric for line in lines} == {"image_recall"}  # no pixels were measured
    plain = next(line for line in lines if line.group == "all" and not line.perturbation)
    assert [cell.value for cell in plain.cells if cell] == [0.5, 0.5]
    changed = next(line for line in lines if line.perturbation)
    assert changed.cells[1] is None


def test_the_table_of_a_pipe_is_tab_separated(rows: list[Row]) -> None:
    table = [line.split("\t") for line in to_tsv(rows, ["image_auc"]).splitlines()]
    assert table[0] == [
        "dataset", "group", "perturb", "metric", "n",
        "first", "first:low", "first:high", "second", "second:low", "second:high",
    ]  # fmt: skip
    assert {len(line) for line in table} == {11}
    assert table[1][:6] == ["x/toy", "all", "-", "image_auc", "4", "1.0000"]
    assert table[-1][8:] == ["-", "-", "-"]


def test_the_matrix_sets_trained_against_tested(rows: list[Row]) -> None:
    (matrix,) = to_matrices(rows, ["image_recall", "pixel_iou"])
    assert matrix.columns == ("fakefake", "realfake")
    assert matrix.names == ("realfake (first)", "second")
    assert [[cell.value for cell in line if cell] for line in matrix.cells] == [[0, 1], [0, 1]]


def test_figures_as_text(rows: list[Row]) -> None:
    found = rows[0].metrics["false_positive_rate"]
    assert interval_text(found) == "0.000"
    assert interval_text(wilson(0, 10)) == "0.000 [0.000, 0.278]"
    assert interval_text(None) == "-"


def test_gates(rows: list[Row]) -> None:
    assert parse_gate("image_auc=0.9").misses(rows) == []
    (first, second) = Gate("image_recall", 0.75).misses(rows)
    assert first == "x/toy, first: image_recall is 0.5000, less than 0.75"
    assert "second" in second
    assert "not defined" in Gate("pixel_f1", 0.1).misses(rows)[0]
    for text in ("image_auc", "image_auc=much", "luck=1"):
        with pytest.raises(UsageError):
            parse_gate(text)


def test_unknown_metrics_are_named() -> None:
    assert check_metrics(["pixel_f1"]) == ("pixel_f1",)
    assert check_metrics([])
    with pytest.raises(UsageError, match="known: image_accuracy"):
        check_metrics(["accuracy"])


def test_json_holds_rows_curves_and_errors(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "deep" / "r.json", report)
    fields = json.loads((tmp_path / "deep" / "r.json").read_text())
    assert [model["name"] for model in fields["models"]] == ["first", "second"]
    assert fields["rows"][0]["metrics"]["image_auc"]["value"] == 1.0
    assert fields["curves"][0]["roc"]["fpr"][0] == 0
    assert fields["curves"][0]["verdicts"]["clean"]["clean"] == 2
    assert fields["errors"] == [{"image": "a.png", "error": "no"}]
    assert not list((tmp_path / "deep").glob(".*"))


def test_csv_is_long(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "r.csv", report)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text())))
    assert tuple(lines[0]) == CSV_COLUMNS
    assert len(lines) == sum(len(row.metrics) for row in report.rows)
    assert {line["metric"] for line in lines} <= set(METRICS)


def test_html_is_one_page_without_network(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "r.html", report)
    page = (tmp_path / "r.html").read_text()
    assert "http" not in page
    assert "data:image/png;base64,iVBORw==" in page
    assert "realfake (first)" in page
    assert page.count("<table>") == page.count("</table>") == 3


def test_report_endings_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.json, \.csv, \.html"):
        check_report(tmp_path / "r.pdf")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        write_file(tmp_path / "file" / "r.json", b"")


def test_one_line_an_image(measured: list[Measured]) -> None:
    lines = list(csv.DictReader(io.StringIO(per_image_csv(measured))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 11
    assert (lines[0]["image"], lines[0]["score"], lines[0]["pixel_f1"]) == ("a.png", "0.9", "")


def test_pooling_joins_data_sets_by_model_and_perturbation(measured: list[Measured]) -> None:
    pooled = pool_measured([*measured, Measured(FIRST, "other", RESULTS[:1])])
    assert [(one.model.name, one.perturbation, len(one.results)) for one in pooled] == [
        ("first", "", 5),
        ("second", "", 3),
        ("first", "jpeg:50", 4),
    ]
    assert {one.dataset for one in pooled} == {POOLED}


@pytest.mark.parametrize(
    ("training", "expected"),
    [({}, ""), ({"kinds": ["realfake", "fakefake"]}, "realfake+fakefake"), ({"kind": "x"}, "x")],
)
def test_what_a_model_was_trained_on(training: dict[str, object], expected: str) -> None:
    card = Card("m", "segment", "scannet", training=training)
    assert to_model(card, "c" * 64, "m") == Model("m", "c" * 64, expected)


def test_odd_names_reach_every_report_and_break_none(tmp_path: Path) -> None:
    sample = Sample(
        Path("bad\udcff\n.png"), "inpainted", method="=1+1\n\x1b[31m[/b]", source="\udcfe"
    )
    results = (
        ImageResult(sample, "inpainted", 0.9, 0.9, 0.0),
        ImageResult(Sample(Path("@a.png"), "clean"), "clean", 0.1, 0.1, 0.0),
        ImageResult(Sample(Path("e\udcff.png"), "clean"), "error", error="e\udcff.png: no"),
    )
    odd = [Measured(Model("m\udcff"), "set\udcff\n", results)]
    rows = to_rows(odd, ["method"], QUICK)
    matrices = to_matrices(to_rows(odd, ["kind"], QUICK), ["image_recall"])
    when = "2026-01-01T00:00:00Z"
    report = Report(rows, odd, {"datasets": ["set\udcff"]}, when, when, ("image_recall",), matrices)
    for ending in ("json", "csv", "html"):
        write_report(tmp_path / f"r.{ending}", report)
    fields = json.loads((tmp_path / "r.json").read_text())
    assert fields["errors"][0]["image"] == "e\udcff.png"  # the very bytes
    write_file(tmp_path / "images.csv", per_image_csv(odd))
    with (tmp_path / "images.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["image"] for line in lines] == ["bad\\udcff\n.png", "'@a.png", "e\\udcff.png"]
    assert lines[0]["method"].startswith("'=1+1")
    screen = io.StringIO()
    console = Console(file=screen, markup=False, width=200)
    print_rows(console, rows, ["image_recall"])
    print_matrices(console, matrices)
    for text in (to_tsv(rows, ["image_recall"]), matrices_to_tsv(matrices), screen.getvalue()):
        assert "\x1b" not in text
        text.encode()
    assert {line.count("\t") for line in to_tsv(rows, ["image_recall"]).splitlines()} == {7}
