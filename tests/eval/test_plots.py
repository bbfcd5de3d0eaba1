"""Plots are legible PNG files: size, colours where the data is, no text outside."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data import Sample
from inpaintscan.eval.calibration import ReliabilityBin
from inpaintscan.eval.drawing import Axes, Canvas, Series, ticks
from inpaintscan.eval.figures import draw_figures
from inpaintscan.eval.plots import line_plot, matrix_plot, reliability_plot, roc_plot
from inpaintscan.eval.results import ImageResult
from inpaintscan.eval.rows import Measured, Model, to_rows
from inpaintscan.eval.sheets import contact_sheet, worst_false_alarms, worst_misses
from inpaintscan.eval.summary import Resampling
from inpaintscan.eval.tables import to_matrices
from tests.eval.toy import ROWS, make_toy

BLUE, ORANGE = (9, 105, 218), (207, 92, 0)


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def near(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a colour is, as (N, 2) rows and columns."""
    return np.argwhere(np.abs(pixels - colour).sum(axis=2) < 40)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0.31, 0.69, [0.4, 0.5, 0.6]),
        (3, 3, [3]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


def test_axes_put_the_data_between_the_edges_and_nothing_outside() -> None:
    axes = Axes(10, 20, 110, 220, (0, 2), (0, 1))
    assert axes.at(0, 0) == (10, 220)
    assert axes.at(2, 1) == (110, 20)
    assert axes.at(1, 0.5) == (60, 120)
    assert axes.at(-5, 9) == (10, 20)


def test_a_line_runs_where_its_numbers_are() -> None:
    rising = Series("rising", [0, 1], [0, 1])
    flat = Series("flat", [0, 1], [0.5, 0.5], [0.4, 0.4], [0.6, 0.6])
    pixels = pixels_of(line_plot([rising, flat], "t", "x", "y", x_range=(0, 1), y_range=(0, 1)))
    assert pixels.shape == (440 + 2 * 18, 640, 3)
    points = near(pixels[:440], BLUE)
    slope = np.polyfit(points[:, 1], points[:, 0], 1)[0]
    assert slope == pytest.approx(-(386 - 46) / (616 - 68), rel=0.05)
    level = near(pixels[:440], ORANGE)[:, 0]
    assert level.mean() == pytest.approx((46 + 386) / 2, abs=2)


def test_ranges_come_from_the_data_if_not_given() -> None:
    pixels = pixels_of(line_plot([Series("loss", [1, 2, 3], [5.0, 5.0, 5.0])], "t", "x", "y"))
    assert len(near(pixels, BLUE)) > 100


def test_roc_and_reliability_and_matrix() -> None:
    assert len(near(pixels_of(roc_plot({"m": ([0, 0, 1], [0, 1, 1])}, "ROC")), BLUE)) > 300
    bins = [ReliabilityBin(0.0, 0.1, 30, 0.05, 0.1), ReliabilityBin(0.9, 1.0, 3, 0.95, 0.8)]
    assert len(near(pixels_of(reliability_plot(bins, "reliability")), BLUE)) > 300
    matrix = matrix_plot(
        ["a"], ["b", "c"], [[1.0, None]], [["9", "-"]], "t", row_label="r", column_label="c"
    )
    assert len(near(pixels_of(matrix), (9, 82, 165))) > 2000


def test_canvas_pastes_pictures_pixel_by_pixel() -> None:
    canvas = Canvas(40, 30)
    picture = np.random.default_rng(0).integers(0, 255, (10, 20, 3), dtype=np.uint8)
    canvas.paste(Image.fromarray(picture), 5, 8)
    assert np.array_equal(pixels_of(canvas.to_png())[8:18, 5:25], picture)


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
