"""Calibration and thresholds from scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inpaintscan.data import Sample
from inpaintscan.errors import DataError
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan import load, load_trained
from inpaintscan.scan.measures import NAMES
from inpaintscan.train.calibration import (
    RATES,
    calibrate,
    check_held_out,
    find_thresholds,
    fit_calibration,
)
from inpaintscan.weights import Calibration, Card, Input, Threshold, load_network, write_weights


def test_the_line_gives_back_the_chances_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 20000)
    chance = 1 / (1 + np.exp(-(0.5 * logits + 0.4)))
    positive = rng.random(20000) < chance
    line = fit_calibration(logits, positive)
    assert line.scale == pytest.approx(0.5, abs=0.03)
    # Both classes count alike, so the bias is that of even odds.
    share = positive.mean()
    assert line.bias == pytest.approx(0.4 - np.log(share / (1 - share)), abs=0.06)


def test_separate_classes_stay_finite() -> None:
    logits = np.array([-9.0, -8.0, 8.0, 9.0])
    line = fit_calibration(logits, logits > 0)
    assert 0 < line.scale < 5
    assert abs(line.bias) < 1


@pytest.mark.parametrize("positive", [[False] * 4, [True] * 4, [True, True, False, False]])
def test_scores_are_never_turned_around(positive: list[bool]) -> None:
    logits = np.array([-2.0, -1.0, 1.0, 2.0])
    old = Calibration(0.7, -0.2)
    assert fit_calibration(logits, np.array(positive), old) == old


def one_class(clean: list[float], manipulated: list[float]) -> tuple[Threshold, ...]:
    scores = np.array([*clean, *manipulated])[:, None]
    return find_thresholds(scores, np.arange(len(scores)) < len(clean))[0]


@given(
    st.lists(st.floats(0, 0.9999), min_size=1, max_size=300),
    st.lists(st.floats(0, 1), max_size=50),
)
def test_no_threshold_flags_more_than_its_share(clean: list[float], fake: list[float]) -> None:
    table = one_class([round(score, 4) for score in clean], fake)
    assert {0.05, 0.01} <= {point.fpr for point in table} <= set(RATES)
    for point in table:
        flagged = sum(round(score, 4) >= point.score for score in clean)
        assert flagged <= point.fpr * len(clean) + 1e-9
    assert list(table) == sorted(table, key=lambda point: (-point.fpr, point.score))


def test_a_threshold_lies_between_the_classes() -> None:
    table = {point.fpr: point.score for point in one_class([0.1, 0.2], [0.8, 0.9])}
    assert table == {0.05: 0.5, 0.01: 0.5, 0.001: 0.5}


def test_rates_that_few_images_cannot_show_are_left_out() -> None:
    table = one_class(np.linspace(0, 0.9, 100).tolist(), [])
    assert [point.fpr for point in table] == [0.2, 0.1, 0.05, 0.02, 0.01, 0.001]


def test_classes_share_the_rate_so_that_together_they_keep_it() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((1000, 2))
    for inpainted, generated in zip(*find_thresholds(scores, np.ones(1000, bool)), strict=True):
        flagged = (scores[:, 0] >= inpainted.score) | (scores[:, 1] >= generated.score)
        assert flagged.mean() <= inpainted.fpr
        # Independent scores hardly flag the same images: nearly half of the rate is left for each.
        assert flagged.mean() >= 0.8 * inpainted.fpr - 0.001


def test_classes_that_flag_the_same_images_may_use_the_whole_rate_each() -> None:
    scores = np.repeat(np.linspace(0, 1, 1000)[:, None], 2, axis=1)
    for point in find_thresholds(scores, np.ones(1000, bool))[0]:
        assert (scores[:, 0] >= point.score).mean() == pytest.approx(point.fpr)


def make_samples(folder: Path) -> list[Sample]:
    """Eight grey images, and eight with a square of some red, each with its mask."""
    folder.mkdir()
    samples = []
    for number in range(8):
        clean, made, mask = (folder / f"{kind}{number}.png" for kind in ("clean", "made", "mask"))
        grey = np.full((64, 64, 3), 100 + number, np.uint8)
        Image.fromarray(grey).save(clean)
        red = grey.copy()
        red[16:48, 16:48] = (200 + number, 20, 20)
        Image.fromarray(red).save(made)
        white = np.zeros((64, 64), np.uint8)
        white[16:48, 16:48] = 255
        Image.fromarray(white).save(mask)
        samples += [Sample(clean, "clean"), Sample(made, "inpainted", mask)]
    return samples


def test_calibration_is_of_raw_logits_and_leaves_network_and_files_alone(
    make_stub: Callable[..., Path], tmp_path: Path
) -> None:
    network, card = load_network(make_stub())
    card = replace(card, thresholds={}, calibration={})
    samples = make_samples(tmp_path / "images")
    before = sorted(tmp_path.rglob("*"))
    found = calibrate(network, card, samples, masks=True, device="cpu")
    assert sorted(tmp_path.rglob("*")) == before
    assert found.training["calibration"] == {"clean": 8, "manipulated": 8}
    # The stub's logit is 16 x (red - green) - 4: -4 for grey, far above the scale of any score.
    logits = np.array([-4.0] * 8 + [16 * (180 + n) / 255 - 4 for n in range(8)])
    line, expected = found.calibration["inpainted"], fit_calibration(logits, logits > 0)
    assert (line.scale, line.bias) == pytest.approx((expected.scale, expected.bias), abs=1e-5)
    assert found.calibration["generated"] == Calibration()  # no image shows it
    assert found.mask_threshold > 0.5  # the stub is sure of every cell
    output = tmp_path / "out.safetensors"
    write_weights(output, network, found)
    findings = list(load(str(output), device="cpu").scan_many(s.image for s in samples))
    assert [f.verdict for f in findings] == ["clean", "inpainted"] * 8


def test_logits_beyond_what_a_rounded_score_holds_are_kept(
    make_stub: Callable[..., Path], tmp_path: Path
) -> None:
    red = tmp_path / "red.png"
    Image.new("RGB", (64, 64), (255, 0, 0)).save(red)
    network, card = load_network(make_stub())
    finding = load_trained(network, card, "cpu").scan(red)
    assert finding.logits == pytest.approx({"inpainted": 12.0, "generated": -12.0}, abs=1e-4)


@pytest.mark.parametrize("content", [None, b"no image"])
def test_images_that_cannot_set_thresholds_are_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    samples = [Sample(tmp_path / "fake.png", "inpainted")]
    if content is not None:
        samples.append(Sample(tmp_path / "broken.png", "clean"))
        samples[1].image.write_bytes(content)
    with pytest.raises(DataError, match="no readable clean image in the validation set"):
        check_held_out(samples)


def test_a_network_that_answers_with_no_numbers_gets_no_thresholds(
    make_stub: Callable[..., Path], tmp_path: Path
) -> None:
    network, card = load_network(make_stub())
    Image.new("RGB", (64, 64), (1, 2, 3)).save(tmp_path / "poison.png")
    with pytest.raises(DataError, match="no clean validation image could be scanned"):
        calibrate(network, card, [Sample(tmp_path / "poison.png", "clean")], device="cpu")


def test_the_judge_is_fitted_on_what_calibrates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = TwoLook(
        measures=len(NAMES),
        traces={"widths": (8, 8, 16, 16, 16), "decoder_width": 16},
        content={"width": 16},
    ).eval()
    feed = Input("tile", size=64, multiple=32, stride=4, view=224)
    card = Card(name="x", task="multi", arch="twolook", input=feed)
    samples = [
        replace(sample, source=str(number // 2))
        for number, sample in enumerate(make_samples(tmp_path / "images"))
    ]
    samples += [replace(s, label="generated") for s in samples if s.label == "inpainted"]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    kept = calibrate(network, card, samples, device="cpu")
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert "judge" not in kept.training["calibration"], "eight images of a label are too few"
    monkeypatch.setattr("inpaintscan.train.tasks.judge.ENOUGH", 8)
    found = calibrate(network, card, samples, device="cpu")
    assert found.training["calibration"]["judge"] == len(samples)
    changed = {
        n.split(".")[0] for n, v in network.state_dict().items() if not torch.equal(v, before[n])
    }
    assert changed == {"judge_layers", "judge_skip", "measure_mean", "measure_scale"}
