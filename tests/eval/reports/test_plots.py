"""Plots are legible: lines where the data is, all names shown, no text over another."""

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from inpaintscan.data import Sample
from inpaintscan.errors import MissingExtraError
from inpaintscan.eval.measures.group_metrics import Resampling
from inpaintscan.eval.measures.reliability import ReliabilityBin
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.reports.plots import (
    Series,
    line_plot,
    matrix_plot,
    reliability_plot,
    roc_plot,
    to_bytes,
)
from inpaintscan.eval.reports.sheets import contact_sheet, worst_false_alarms, worst_misses
from inpaintscan.eval.reports.study_plots import draw_figures
from inpaintscan.eval.reports.tables import to_matrices
from inpaintscan.eval.rows import Measured, Model, to_rows
from tests.eval.toy import ROWS, make_toy

BLUE, ORANGE = (9, 105, 218), (207, 92, 0)


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def near(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a colour is, as (N, 2) rows and columns."""
    return np.argwhere(np.abs(pixels - colour).sum(axis=2) < 40)


def texts_of(figure: Figure) -> dict[str, Bbox]:
    """Where each visible text stands, in pixels of the picture."""
    figure.draw_without_rendering()
    unseen = {
        id(tick.label1)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in {*axis.get_major_ticks()} - {*axis._update_ticks()}  # type: ignore[attr-defined]
    }
    shown = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text() and id(text) not in unseen
    ]
    return {f"{n}: {text.get_text()}": text.get_window_extent() for n, text in enumerate(shown)}


LONG = [f"a data set of some length with number {number}" for number in range(6)]
BINS = [ReliabilityBin(0.0, 0.1, 30, 0.05, 0.1), ReliabilityBin(0.9, 1.0, 3, 0.95, 0.8)]
PLOTS = {
    "lines": lambda: line_plot(
        [Series(name, [0, 1, 2], [0.1, 0.5, 0.9]) for name in LONG], "t " * 80, "x", "y"
    ),
    "names": lambda: line_plot(
        [Series("m", range(6), range(6))], "t", "jpeg strength", "", x_names=LONG
    ),
    "roc": lambda: roc_plot({name: ([0, 0, 1], [0, 1, 1]) for name in LONG}, "ROC " * 40),
    "reliability": lambda: reliability_plot(BINS, "Reliability of a model on " + LONG[0] * 2),
    "matrix": lambda: matrix_plot(
        LONG,
        ["clean", "inpainted"],
        [[0.9, None]] * 6,
        [["1234567", "-"]] * 6,
        "Verdicts of a model on " + LONG[0] * 3,
        row_label="label",
        column_label="verdict",
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_no_text_lies_over_another_or_outside(name: str) -> None:
    figure = PLOTS[name]()
    places = texts_of(figure)
    whole = figure.bbox.padded(1)
    outside = [text for text, box in places.items() if not _holds(whole, box)]
    assert outside == []
    pairs = itertools.combinations(places.items(), 2)
    slanted = {
        label.get_text() for label in figure.axes[0].get_xticklabels() if label.get_rotation()
    }
    over = [
        (a, b)
        for (a, one), (b, other) in pairs
        if one.padded(-1).overlaps(other.padded(-1))
        and not {a.partition(": ")[2], b.partition(": ")[2]} <= slanted
    ]
    assert over == []


def _holds(whole: Bbox, part: Bbox) -> bool:
    return bool(
        whole.x0 <= part.x0 and part.x1 <= whole.x1 and whole.y0 <= part.y0 and part.y1 <= whole.y1
    )


def test_a_line_runs_where_its_numbers_are() -> None:
    rising = Series("rising", [0, 1], [0, 1])
    flat = Series("flat", [0, 1], [0.5, 0.5], [0.4, 0.4], [0.6, 0.6])
    figure = line_plot([rising, flat], "t", "x", "y", x_range=(0, 1), y_range=(0, 1))
    pixels = pixels_of(to_bytes(figure))
    points = near(pixels, BLUE)
    left, right = points[:, 1].argmin(), points[:, 1].argmax()
    assert points[left, 0] > points[right, 0] + 200
    level = near(pixels[: pixels.shape[0] * 3 // 4], ORANGE)[:, 0]
    middle = figure.axes[0].transData.transform((0, 0.5))[1] * 1.5
    assert level.mean() == pytest.approx(pixels.shape[0] - middle, abs=3)


def test_ranges_come_from_the_data_if_not_given() -> None:
    figure = line_plot([Series("loss", [1, 2, 3], [5.0, 5.0, 5.0])], "t", "x", "y")
    assert len(near(pixels_of(to_bytes(figure)), BLUE)) > 100


def test_a_suffix_names_the_kind_of_file_and_two_runs_write_the_same() -> None:
    for suffix, start in {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}.items():
        files = {to_bytes(PLOTS["roc"](), suffix) for _ in range(2)}
        assert len(files) == 1, suffix
        assert files.pop().startswith(start)


def test_names_are_shown_as_they_are() -> None:
    names = ["cost $5 and $6", "tom & jerry <b>", "bytes \udcff"]
    svg = to_bytes(line_plot([Series(n, [0, 1], [0, 1]) for n in names], "t", "x", "y"), ".svg")
    root = ElementTree.fromstring(svg)  # noqa: S314
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"cost $5 and $6", "tom & jerry <b>", "bytes \\udcff"} <= texts


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"inpaintscan\[plots\]"):
        PLOTS["roc"]()


def test_file_names_are_short_and_tell_data_sets_apart(results: list[ImageResult]) -> None:
    paths = [f"/{'deep/' * 60}{'ü' * 90}/{end}" for end in ("val", "test")]
    measured = [Measured(Model("m" * 200, ""), path, tuple(results)) for path in paths]
    names = [name for one in measured for name in draw_figures([], [one], [])]
    assert len(set(names)) == len(names) == 2 * 5
    assert all(len(name.encode()) < 200 for name in names)


@pytest.fixture
def results(tmp_path: Path) -> list[ImageResult]:
    folder = make_toy(tmp_path / "toy")
    made = []
    for number, (name, label, _, method, source) in enumerate(ROWS):
        mask = folder / f"mask/{name}.png" if label == "inpainted" else None
        kind = "realfake" if mask else "original"
        sample = Sample(
            folder / f"image/{name}.png", label, mask, kind=kind, method=method, source=source
        )
        score = number / 10
        made.append(ImageResult(sample, "inpainted" if score > 0.4 else "clean", score, score, 0.0))
    return made


def test_the_worst_come_first(results: list[ImageResult]) -> None:
    assert [one.score for one in worst_false_alarms(results, 2)] == [0.7, 0.6]
    assert [one.score for one in worst_misses(results, 2)] == [0.0, 0.1]


def test_a_contact_sheet_shows_every_image_and_outlines_masks(results: list[ImageResult]) -> None:
    missing = ImageResult(Sample(Path("gone/" + "n" * 80 + ".png"), "clean"), "clean", 0.1)
    pixels = pixels_of(contact_sheet([*results, missing], "all"))
    assert pixels.shape[0] == 46 + 2 * (180 + 34 + 14)
    assert len(near(pixels, (255, 0, 200))) > 4 * 80
    assert len(near(pixels, (255, 0, 0))) > 3 * 1000


def test_names_that_are_no_plain_text_are_drawn(tmp_path: Path) -> None:
    odd = ("two\nlines.png", "bad\udcff.png", "\x1b[31m\u202e.png", "long" * 60)
    made = [
        ImageResult(Sample(tmp_path / name, "clean"), "clean", 0.5, sample_score, 0.0)
        for sample_score, name in enumerate(odd)
    ]
    pixels = pixels_of(contact_sheet(made, "set\n\udcff " + "x" * 400))
    assert pixels.shape[0] == 46 + 180 + 34 + 14
    measured = Measured(Model("m\udcff"), "odd\n\udcff", tuple(made))
    plots = draw_figures(to_rows([measured], [], Resampling(resamples=10)), [measured], [])
    assert len(plots) == 2


def test_a_study_gets_its_plots(results: list[ImageResult]) -> None:
    model = Model("m", "", "realfake")
    measured = [
        Measured(model, "x/toy", tuple(results), label) for label in ("", "jpeg:50", "jpeg:90")
    ]
    rows = to_rows(measured, ["kind"], Resampling(resamples=10))
    plots = draw_figures(rows, measured, to_matrices(rows, ["image_recall"]))
    assert set(plots) == {
        "roc-x_toy.png",
        "verdicts-x_toy-m.png",
        "reliability-x_toy-m.png",
        "false_alarms-x_toy-m.png",
        "misses-x_toy-m.png",
        "jpeg-x_toy-m.png",
        "matrix-x_toy-image_recall.png",
    }
    assert all(content.startswith(b"\x89PNG") for content in plots.values())
    both = draw_figures(rows, measured, [], (".png", ".svg"))
    assert {name for name in both if name.endswith(".svg")} == {
        "roc-x_toy.svg",
        "verdicts-x_toy-m.svg",
        "reliability-x_toy-m.svg",
        "jpeg-x_toy-m.svg",
    }
