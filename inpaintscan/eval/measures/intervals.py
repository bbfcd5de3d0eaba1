"""How sure a figure is: bootstrap and Wilson intervals at 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Statistic = Callable[[Weights], Mapping[str, NDArray[np.float64]]]
"""Weights (B, N), one row per resample, to the value of each metric in each resample (B,)."""

FEWEST = 10
"""Below this number of photos there is no interval: it would look surer than it is."""
_NORMAL_QUANTILE = 1.959963984540054
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, its 95 % interval, and what it was taken from.

    NaN where it is not defined, such as an AUC without clean images, or an interval of fewer than
    ten photos.
    """

    value: float
    low: float
    high: float
    n: int
    """The number of images (or regions) behind it."""
    photos: int
    """The number of distinct photos that these images show."""

    @property
    def defined(self) -> bool:
        """Whether the figure could be computed at all."""
        return not math.isnan(self.value)


def wilson(
    successes: int, n: int, *, photos: int | None = None, drawn: int | None = None
) -> Interval:
    """Return a share with its Wilson score interval (Wilson 1927), never of zero width.

    `photos`: how many the `n` images show (default: as many). The interval is that of `drawn`
    independent images (default: one per photo, as versions of a photo say nothing new). There is
    none for fewer than ten.
    """
    photos = n if photos is None else photos
    drawn = photos if drawn is None else drawn
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    share = successes / n
    if drawn < FEWEST:
        return Interval(share, math.nan, math.nan, n, photos)
    square = _NORMAL_QUANTILE**2
    centre = (share + square / (2 * drawn)) / (1 + square / drawn)
    spread = math.sqrt(share * (1 - share) / drawn + square / (4 * drawn * drawn))
    half = _NORMAL_QUANTILE * spread / (1 + square / drawn)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(share, low, high, n, photos)


def bootstrap(
    statistic: Statistic,
    behind: Mapping[str, NDArray[Any]],
    photos: Sequence[str],
    *,
    clusters: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return each metric with its percentile bootstrap interval (Efron 1979).

    `photos` names the photo that each image shows. `statistic` gets weights: how often each image
    was drawn. With `clusters`, one name per image, whole clusters are drawn instead of images, as
    is right where the images of a photo or a source resemble each other. Resamples in which a
    metric is not defined are left out. `behind` says for each metric how many things, images or
    regions, each image adds to it (default: each is one).
    """
    size = len(photos)
    values = statistic(np.ones((1, size)))
    everything = np.ones(size)
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in values}
    rng = np.random.default_rng(seed)
    rows = max(1, _CELLS_AT_ONCE // max(1, size))
    for start in range(0, resamples if size else 0, rows):
        weights = _draw(rng, min(rows, resamples - start), size, clusters)
        for name, resampled in statistic(weights).items():
            drawn[name].append(resampled)
    intervals = {}
    for name, value in values.items():
        parts = behind.get(name, everything)
        n, shown = round(float(parts.sum())), count_photos(photos, parts > 0)
        fewest = n if clusters is None else shown
        low, high = _percentiles(drawn[name]) if fewest >= FEWEST else (math.nan, math.nan)
        intervals[name] = Interval(float(value[0]), low, high, n, shown)
    return intervals


def count_photos(photos: Sequence[str], wanted: NDArray[np.bool_]) -> int:
    """Return how many distinct photos the wanted images show."""
    return len({photo for photo, want in zip(photos, wanted, strict=True) if want})


def _draw(
    rng: np.random.Generator, resamples: int, size: int, clusters: Sequence[str] | None
) -> Weights:
    if clusters is None:
        return rng.multinomial(size, np.full(size, 1 / size), size=resamples).astype(np.float64)
    names, members = np.unique(np.asarray(clusters), return_inverse=True)
    share = np.full(len(names), 1 / len(names))
    drawn = rng.multinomial(len(names), share, size=resamples)
    return drawn[:, members].astype(np.float64)


def _percentiles(drawn: list[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the ends of the middle 95 %; NaN where the metric is defined in no resample."""
    resampled = np.concatenate(drawn) if drawn else np.empty(0)
    resampled = resampled[~np.isnan(resampled)]
    if resampled.size == 0:
        return math.nan, math.nan
    low, high = np.percentile(resampled, [2.5, 97.5])
    return float(low), float(high)
