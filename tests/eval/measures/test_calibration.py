"""Calibration error, by hand and against torchmetrics' definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.eval.measures.reliability import calibration_error, reliability_bins


def test_a_forecast_that_holds_has_no_error() -> None:
    scores = np.array([0.25] * 4 + [0.75] * 4)
    positive = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)
    assert calibration_error(scores, positive, np.ones((1, 8)))[0] == pytest.approx(0)


def test_certainty_that_is_half_wrong_has_an_error_of_a_half() -> None:
    positive = np.array([1, 0, 1, 0], bool)
    assert calibration_error(np.ones(4), positive, np.ones((2, 4))) == pytest.approx([0.5, 0.5])


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 60))
def test_error_is_the_weighted_gap_of_the_bins(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    scores, positive = rng.random(size), rng.random(size) < 0.5
    bins = reliability_bins(scores, positive)
    gap = sum(one.n * abs(one.mean_score - one.manipulated_share) for one in bins) / size
    assert sum(one.n for one in bins) == size
    assert calibration_error(scores, positive, np.ones((1, size)))[0] == pytest.approx(gap)
    assert all(one.low <= one.mean_score <= one.high for one in bins)
