"""Intervals: known values, coverage, clusters, repeatability."""

import math

import numpy as np
import pytest

from inpaintscan.eval.measures.intervals import Statistic, Weights, bootstrap, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # nothing flagged is not a rate of zero
        (10, 10, 0.7225, 1.0),
        (1, 100, 0.0018, 0.0545),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_wilson_has_the_published_values(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert interval.value == successes / n
    assert interval.n == n
    assert interval.low == pytest.approx(low, abs=5e-4)
    assert interval.high == pytest.approx(high, abs=5e-4)


def test_wilson_of_nothing_is_undefined() -> None:
    assert not wilson(0, 0).defined


def test_fewer_than_ten_have_a_value_and_no_interval() -> None:
    drawn = bootstrap(mean_of(np.arange(9.0)), {}, 9)["mean"]
    for interval in (wilson(3, 9), drawn):
        assert interval.defined
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)


def mean_of(values: np.ndarray) -> Statistic:
    return lambda weights: {"mean": weights @ values / weights.sum(axis=1)}


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    interval = bootstrap(mean_of(values), {}, 400, resamples=2000)["mean"]
    error = values.std() / math.sqrt(400)
    assert interval.value == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert interval.n == 400


def test_the_same_seed_gives_the_same_interval_in_any_chunking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.arange(50.0)
    first = bootstrap(mean_of(values), {}, 50, resamples=200, seed=3)
    monkeypatch.setattr("inpaintscan.eval.measures.intervals._CELLS_AT_ONCE", 700)
    assert bootstrap(mean_of(values), {}, 50, resamples=200, seed=3) == first
    assert bootstrap(mean_of(values), {}, 50, resamples=200, seed=4) != first


def test_whole_sources_are_drawn_when_asked() -> None:
    values = np.repeat([0.0, 0.0, 1.0, 1.0], 100)
    sources = np.repeat(["a", "b", "c", "d"], 100).tolist()
    by_image = bootstrap(mean_of(values), {}, 400)["mean"]
    by_source = bootstrap(mean_of(values), {}, 400, clusters=sources)["mean"]
    assert by_image.high - by_image.low < 0.12
    assert by_source.high - by_source.low > 0.7


def test_resamples_without_a_value_are_left_out() -> None:
    def sometimes(weights: Weights) -> dict[str, np.ndarray]:
        return {"first": np.where(weights[:, 0] > 0, 2.0, np.nan)}

    interval = bootstrap(sometimes, {"first": 10}, 12)["first"]
    assert (interval.value, interval.low, interval.high, interval.n) == (2, 2, 2, 10)
