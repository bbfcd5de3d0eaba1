"""Calibration and thresholds from scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.train.calibration import RATES, find_thresholds, fit_calibration
from inpaintscan.weights import Calibration


def test_the_line_gives_back_the_chances_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 20000)
    chance = 1 / (1 + np.exp(-(0.5 * logits + 0.4)))
    positive = rng.random(20000) < chance
    line = fit_calibration(torch.from_numpy(logits), torch.from_numpy(positive))
    assert line.scale == pytest.approx(0.5, abs=0.03)
    # Both classes count alike, so the bias is that of even odds.
    share = positive.mean()
    assert line.bias == pytest.approx(0.4 - np.log(share / (1 - share)), abs=0.06)


def test_separate_classes_stay_finite() -> None:
    logits = torch.tensor([-9.0, -8.0, 8.0, 9.0], dtype=torch.float64)
    line = fit_calibration(logits, logits > 0)
    assert 0 < line.scale < 5
    assert abs(line.bias) < 1


@pytest.mark.parametrize("positive", [[False] * 4, [True] * 4, [True, True, False, False]])
def test_scores_are_never_turned_around(positive: list[bool]) -> None:
    logits = torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
    old = Calibration(0.7, -0.2)
    assert fit_calibration(logits, torch.tensor(positive), old) == old


@given(
    st.lists(st.floats(0, 0.9999), min_size=1, max_size=300),
    st.lists(st.floats(0, 1), max_size=50),
)
def test_no_threshold_flags_more_than_its_share(clean: list[float], fake: list[float]) -> None:
    table = find_thresholds([round(score, 4) for score in clean], fake)
    assert {0.05, 0.01} <= {point.fpr for point in table} <= set(RATES)
    for point in table:
        flagged = sum(round(score, 4) >= point.score for score in clean)
        assert flagged <= point.fpr * len(clean) + 1e-9
    assert list(table) == sorted(table, key=lambda point: (-point.fpr, point.score))


def test_a_threshold_lies_between_the_classes() -> None:
    table = {point.fpr: point.score for point in find_thresholds([0.1, 0.2], [0.8, 0.9])}
    assert table == {0.05: 0.5, 0.01: 0.5, 0.001: 0.5}


def test_rates_that_few_images_cannot_show_are_left_out() -> None:
    table = find_thresholds(np.linspace(0, 0.9, 100), [])
    assert [point.fpr for point in table] == [0.2, 0.1, 0.05, 0.02, 0.01, 0.001]


def test_classes_share_the_rate_so_that_together_they_keep_it() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((1000, 2))
    tables = [find_thresholds(column.tolist(), [], classes=2) for column in scores.T]
    for inpainted, generated in zip(*tables, strict=True):
        flagged = (scores[:, 0] >= inpainted.score) | (scores[:, 1] >= generated.score)
        assert flagged.mean() <= inpainted.fpr
