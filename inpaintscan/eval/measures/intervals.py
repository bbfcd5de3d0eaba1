"""How sure a figure is: bootstrap and Wilson intervals at 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Statistic = Callable[[Weights], Mapping[str, NDArray[np.float64]]]
"""Weights (B, N), one row per resample, to the value of each metric in each resample (B,)."""

FEWEST = 10
"""Below this number of images there is no interval: it would look surer than it is."""
_NORMAL_QUANTILE = 1.959963984540054
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, its 95 % interval, and the number of images (or regions) it was taken from.

    NaN where it is not defined, such as an AUC without clean images, or an interval of fewer than
    ten.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def defined(self) -> bool:
        """Whether the figure could be computed at all."""
        return not math.isnan(self.value)


def wilson(successes: int, n: int) -> Interval:
    """Return a share with its Wilson score interval (Wilson 1927), never of zero width.

    There is none for fewer than ten.
    """
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    share = successes / n
    if n < FEWEST:
        return Interval(share, math.nan, math.nan, n)
    square = _NORMAL_QUANTILE**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    spread = _NORMAL_QUANTILE * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    half = spread / (1 + square / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(share, low, high, n)


def bootstrap(
    statistic: Statistic,
    counts: Mapping[str, int],
    size: int,
    *,
    clusters: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return each metric with its percentile bootstrap interval (Efron 1979).

    `statistic` gets weights: how often each of the `size` images was drawn. With `clusters`, one
    name an image, whole clusters are drawn instead of images, as is right where the images of a
    source resemble each other. Resamples in which a metric is not defined are left out.
    `counts` names the number of images behind each metric.
    """
    values = statistic(np.ones((1, size)))
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in values}
    rng = np.random.default_rng(seed)
    rows = max(1, _CELLS_AT_ONCE // max(1, size))
    for start in range(0, resamples if size else 0, rows):
        weights = _draw(rng, min(rows, resamples - start), size, clusters)
        for name, resampled in statistic(weights).items():
            drawn[name].append(resampled)
    return {
        name: _percentiles(float(value[0]), drawn[name], counts.get(name, size))
        for name, value in values.items()
    }


def _draw(
    rng: np.random.Generator, resamples: int, size: int, clusters: Sequence[str] | None
) -> Weights:
    if clusters is None:
        return rng.multinomial(size, np.full(size, 1 / size), size=resamples).astype(np.float64)
    names, members = np.unique(np.asarray(clusters), return_inverse=True)
    share = np.full(len(names), 1 / len(names))
    drawn = rng.multinomial(len(names), share, size=resamples)
    return drawn[:, members].astype(np.float64)


def _percentiles(value: float, drawn: list[NDArray[np.float64]], n: int) -> Interval:
    resampled = np.concatenate(drawn) if drawn else np.empty(0)
    resampled = resampled[~np.isnan(resampled)]
    if math.isnan(value) or resampled.size == 0 or n < FEWEST:
        return Interval(value, math.nan, math.nan, n)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value, float(low), float(high), n)
