"""From a data set to results and figures, with a network whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inpaintscan
from inpaintscan.data import Sample, read_dataset
from inpaintscan.eval.datasets import TestSet
from inpaintscan.eval.evaluate import evaluate, find_groups, source_of
from inpaintscan.eval.measures.group_metrics import METRICS, Resampling, summarise
from inpaintscan.eval.measures.results import ImageResult, resize_mask, to_result
from inpaintscan.eval.perturb import parse_perturbations
from inpaintscan.eval.rows import Model
from inpaintscan.eval.study import measure
from inpaintscan.findings import Box, Finding, ProbMap, Region, Scores
from tests.eval.toy import AREA, SIZE, make_toy

QUICK = Resampling(resamples=50)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return make_toy(tmp_path / "toy")


@pytest.fixture
def results(toy: Path, stub_weights: Path) -> list[ImageResult]:
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    return list(evaluate(scanner, read_dataset(toy).samples))


def test_figures_are_those_worked_out_by_hand(results: list[ImageResult]) -> None:
    values = {name: found.value for name, found in summarise(results, QUICK).items()}
    expected = {
        "image_accuracy": 6 / 8,  # one miss, one false alarm
        "image_recall": 3 / 4,
        "false_positive_rate": 1 / 4,
        "image_precision": 3 / 4,
        "image_auc": 12 / 16,  # 9 pairs right, 6 ties, 1 wrong
        "image_auc_inpainted": 12 / 16,
        "box_iou": 3 / 4,  # exact where found, 0 where missed
        "box_success_75": 3 / 4,
        "region_recall_50": 3 / 4,
        "region_precision_50": 1.0,
        "pixel_f1": 3 / 4,
        "pixel_iou": 3 / 4,
        "pixel_f1_floor": 2 * AREA / (1 + AREA),
        "pixel_iou_floor": AREA,
        "pixel_false_positive_share": AREA / 4,
    }
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=0.02), name
    assert values["pixel_f1_best"] >= values["pixel_f1"]
    assert values["pixel_f1_best_each"] >= values["pixel_f1_best"]


def test_every_figure_is_named_counted_and_inside_its_interval(results: list[ImageResult]) -> None:
    figures = summarise(results * 4, QUICK)
    assert list(figures) == [name for name in METRICS if name in figures]
    for name, found in figures.items():
        assert found.low <= found.value + 1e-9, name
        assert found.value <= found.high + 1e-9, name
    assert figures["image_auc"].n == 32
    assert figures["false_positive_rate"].n == figures["pixel_f1"].n == 16


def test_figures_of_fewer_than_ten_have_no_interval(results: list[ImageResult]) -> None:
    figures = summarise(results, QUICK)
    assert all(math.isnan(found.low) and math.isnan(found.high) for found in figures.values())
    assert figures["false_positive_rate"].n == 4


def test_clean_images_alone_have_no_rankings_and_no_pixel_f1(results: list[ImageResult]) -> None:
    clean = [one for one in results if one.sample.label == "clean"]
    assert set(summarise(clean, QUICK)) == {
        "image_accuracy",
        "false_positive_rate",
        "pixel_false_positive_share",
    }


def test_nothing_to_summarise() -> None:
    assert summarise([]) == {}


def test_groups_of_a_method_are_compared_with_all_clean_images(results: list[ImageResult]) -> None:
    groups = {(one.field, one.value): one for one in find_groups(results, ["method", "source"])}
    assert len(groups["", ""].results) == 8
    assert len(groups["method", "vae"].results) == 2 + 4
    assert len(groups["source", "phone"].results) == 4
    assert set(groups) == {
        ("", ""), ("method", "gated"), ("method", "vae"), ("source", "camera"), ("source", "phone")
    }  # fmt: skip


def test_an_unreadable_image_keeps_its_place(toy: Path, stub_weights: Path) -> None:
    samples = read_dataset(toy).samples
    (toy / "image" / "b.png").write_bytes(b"no image")
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    for perturbation in (None, *parse_perturbations("blur:1")):
        results = list(evaluate(scanner, samples, perturbation))
        assert [one.sample for one in results] == list(samples)
        errors = [one for one in results if one.error is not None]
        assert len(errors) == 1
        assert "b.png" in str(errors[0].error)
        assert summarise(results, QUICK)["image_recall"].n == 3


def test_resized_copies_are_compared_with_masks_resized_alike(
    toy: Path, stub_weights: Path
) -> None:
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    (double,) = parse_perturbations("resize:2")
    figures = summarise(list(evaluate(scanner, read_dataset(toy).samples, double)), QUICK)
    assert figures["pixel_f1"].value == pytest.approx(3 / 4, abs=0.02)
    assert figures["box_iou"].value == pytest.approx(3 / 4, abs=0.03)


def test_cropped_copies_are_compared_with_masks_cropped_alike(
    toy: Path, stub_weights: Path, results: list[ImageResult]
) -> None:
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    (crop,) = parse_perturbations("crop:0.9")
    cropped = list(evaluate(scanner, read_dataset(toy).samples, crop))
    whole = summarise(results, QUICK)["pixel_f1"].value
    assert summarise(cropped, QUICK)["pixel_f1"].value == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize(("task", "heads"), [("multi", "map score"), ("detect", "score")])
@pytest.mark.parametrize("truth", ["mask", "box"])
def test_a_crop_without_anything_replaced_is_left_out_and_counted(
    toy: Path, make_stub: Callable[..., Path], truth: str, task: str, heads: str
) -> None:
    corner = Box(0, 0, 9, 9)
    for path in (toy / "mask").iterdir():
        mask = Image.new("L", SIZE)
        mask.paste(255, (corner.xmin, corner.ymin, corner.xmax, corner.ymax))
        mask.save(path)
    samples = read_dataset(toy).samples
    if truth == "box":
        samples = tuple(replace(s, mask=None, box=corner if s.mask else None) for s in samples)
    scanner = inpaintscan.load(str(make_stub(heads=heads, task=task)), device="cpu")
    crops = parse_perturbations("crop:0.2,crop:1")
    _, cut, whole = measure(scanner, Model("stub"), [TestSet("toy", samples)], crops)
    assert (cut.cut_away, whole.cut_away) == (4, 0)
    assert [one.sample.label for one in cut.results] == ["clean"] * 4
    assert all(one.error is None for one in (*cut.results, *whole.results))


def test_what_a_format_does_not_hold_is_an_error_of_that_image(
    toy: Path, stub_weights: Path
) -> None:
    samples = read_dataset(toy).samples
    Image.new("RGB", (16_400, 40)).save(samples[0].image)
    Image.new("RGB", (16_400, 40)).save(samples[-1].image)
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    results = list(evaluate(scanner, samples, parse_perturbations("webp:80")[0]))
    assert [one.sample for one in results] == list(samples)
    assert [one.error is not None for one in results] == [True, *[False] * 6, True]
    assert samples[0].image.name in str(results[0].error)
    assert "webp:80: no WEBP of 16400 x 40 pixels" in str(results[0].error)


def test_no_copy_is_written_to_a_disk(
    toy: Path, stub_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    scanner = inpaintscan.load(str(stub_weights), device="cpu")
    running = evaluate(scanner, read_dataset(toy).samples, parse_perturbations("noise:4")[0])
    next(running)
    assert list(place.iterdir()) == []
    running.close()


def test_a_model_without_a_place_gets_no_place_figures(
    toy: Path, make_stub: Callable[..., Path]
) -> None:
    scanner = inpaintscan.load(str(make_stub(heads="score", task="detect")), device="cpu")
    figures = summarise(list(evaluate(scanner, read_dataset(toy).samples)), QUICK)
    assert figures["image_recall"].value == 3 / 4
    assert not [name for name in figures if name.startswith(("box", "pixel", "region"))]


def finding(**values: object) -> Finding:
    fields = {"scores": Scores(0.9, 0.1), "height": 40, "width": 60}
    return Finding("x.png", "inpainted", **(fields | values))


def test_a_box_without_a_mask_is_enough_for_box_figures() -> None:
    sample = Sample(Path("x.png"), "inpainted", box=Box(0, 0, 20, 20))
    regions = (Region(0.9, 0.1, Box(0, 0, 10, 20)), Region(0.5, 0.1, Box(10, 0, 20, 20)))
    result = to_result(sample, finding(regions=regions))
    assert result.box_iou == 1.0  # the box around both
    assert result.pixels is None
    assert to_result(sample, finding()).box_iou == 0.0
    assert np.isnan(to_result(sample, finding(), locates=False).box_iou)


def test_a_mask_with_nothing_in_it_is_an_error_of_the_data(tmp_path: Path) -> None:
    Image.new("L", (60, 40)).save(tmp_path / "m.png")
    sample = Sample(Path("x.png"), "inpainted", mask=tmp_path / "m.png")
    prob_map = ProbMap(np.zeros((10, 15), np.float32), 4, (40, 60), 0.5)
    result = to_result(sample, finding(prob_map=prob_map))
    assert result.verdict == "error"
    assert "m.png" in str(result.error)


def test_regenerated_frames_do_not_count_for_pixels_beside_spliced_ones(
    results: list[ImageResult],
) -> None:
    kinds = {"a": "realfake", "b": "inpainted", "c": "fakefake", "d": "inpainted"}
    tagged = [
        replace(one, sample=replace(one.sample, kind=kinds.get(one.sample.image.stem, "original")))
        for one in results
    ]
    figures = summarise(tagged, QUICK)
    assert figures["pixel_f1"].n == figures["box_iou"].n == 2
    assert figures["image_recall"].n == 4
    raw = [one for one in tagged if one.sample.kind in {"inpainted", "original"}]
    assert summarise(raw, QUICK)["pixel_f1"].n == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("migan_examples", "migan_examples"),
        ("album/lake/one.JPG", "album/lake"),  # gen-data writes the photo's path
        ("one.png", ""),
        ("", ""),
    ],
)
def test_the_source_of_a_sample(given: str, expected: str) -> None:
    assert source_of(Sample(Path("x.png"), "clean", source=given)) == expected


def test_masks_keep_their_shape_when_resized() -> None:
    mask = np.zeros((8, 12), bool)
    mask[2:6, 3:9] = True
    large = resize_mask(mask, (16, 24))
    assert large[4:12, 6:18].all()
    assert large.sum() == 4 * mask.sum()
    assert (resize_mask(large, (8, 12)) == mask).all()
    assert not resize_mask(mask[:3], (1, 2)).any()
