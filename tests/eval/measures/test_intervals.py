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
    drawn = bootstrap(mean_of(np.arange(9.0)), {}, each(9))["mean"]
    for interval in (wilson(3, 9), drawn):
        assert interval.defined
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)


def each(size: int) -> list[str]:
    """Every image shows a photo of its own."""
    return [f"{number}" for number in range(size)]


def mean_of(values: np.ndarray) -> Statistic:
    return lambda weights: {"mean": weights @ values / weights.sum(axis=1)}


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    interval = bootstrap(mean_of(values), {}, each(400), resamples=2000)["mean"]
    error = values.std() / math.sqrt(400)
    assert interval.value == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert interval.n == 400


def test_the_same_seed_gives_the_same_interval_in_any_chunking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.arange(50.0)
    first = bootstrap(mean_of(values), {}, each(50), resamples=200, seed=3)
    monkeypatch.setattr("inpaintscan.eval.measures.intervals._CELLS_AT_ONCE", 700)
    assert bootstrap(mean_of(values), {}, each(50), resamples=200, seed=3) == first
    assert bootstrap(mean_of(values), {}, each(50), resamples=200, seed=4) != first


def test_whole_sources_are_drawn_when_asked() -> None:
    values = np.repeat([0.0, 0.0, 1.0, 1.0], 100)
    sources = np.repeat(["a", "b", "c", "d"], 100).tolist()
    by_image = bootstrap(mean_of(values), {}, each(400))["mean"]
    by_source = bootstrap(mean_of(values), {}, each(400), clusters=sources)["mean"]
    assert by_image.high - by_image.low < 0.12
    assert by_source.high - by_source.low > 0.7


def test_resamples_without_a_value_are_left_out() -> None:
    def sometimes(weights: Weights) -> dict[str, np.ndarray]:
        return {"first": np.where(weights[:, 0] > 0, 2.0, np.nan)}

    interval = bootstrap(sometimes, {"first": np.arange(12) < 10}, each(12))["first"]
    assert (interval.value, interval.low, interval.high, interval.n) == (2, 2, 2, 10)


def test_photos_are_drawn_with_all_their_versions() -> None:
    values = np.repeat(np.arange(20) % 2.0, 10)
    photos = np.repeat(each(20), 10).tolist()
    by_image = bootstrap(mean_of(values), {}, photos)["mean"]
    by_photo = bootstrap(mean_of(values), {}, photos, clusters=photos)["mean"]
    assert (by_photo.n, by_photo.photos) == (by_image.n, by_image.photos) == (200, 20)
    assert by_photo.high - by_photo.low == pytest.approx(0.44, abs=0.06)
    assert by_image.high - by_image.low == pytest.approx(0.14, abs=0.03)


def test_many_images_of_fewer_than_ten_photos_have_no_interval() -> None:
    photos = np.repeat(each(9), 10).tolist()
    interval = bootstrap(mean_of(np.arange(90.0)), {}, photos, clusters=photos)["mean"]
    assert (interval.n, interval.photos) == (90, 9)
    assert math.isnan(interval.low)
    assert math.isnan(wilson(3, 90, photos=9).low)


def test_wilson_of_versions_is_as_wide_as_that_of_their_photos() -> None:
    versions, alone = wilson(20, 200, photos=20), wilson(2, 20)
    assert (versions.value, versions.low, versions.high) == (alone.value, alone.low, alone.high)
    assert (versions.n, versions.photos) == (200, 20)
    assert wilson(20, 200, photos=20, drawn=200).low > versions.low
