"""Pixel-level metrics of one image, from histograms so that memory stays bounded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import ProbMap
from inpaintscan.stats import binned_auc

BINS = 1001
"""Bins of the probability map: `[i / 1000, (i + 1) / 1000)`, the last one holding 1."""
CURVE_THRESHOLDS: NDArray[np.float64] = np.linspace(0, 1, 101)
"""The thresholds at which an image's F1 is kept, for the best over thresholds."""
_ROWS = 512


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """How many pixels inside and outside the true mask have which probability."""

    inside: NDArray[np.int64]
    """(1001,) pixels of the true mask."""
    outside: NDArray[np.int64]
    """(1001,) all other pixels."""
    hits: int
    """Exactly how many of the true mask are at or above the map's own threshold."""
    alarms: int
    """The same of all other pixels."""


@dataclass(frozen=True, slots=True)
class PixelScores:
    """How well one image's mask was found; all in [0, 1] but `mcc` in [-1, 1]."""

    f1: float
    iou: float
    mcc: float
    auc: float
    """NaN where the true mask covers the image."""
    floor_f1: float
    """F1 of calling every pixel replaced: what no skill at all reaches."""
    floor_iou: float
    f1_curve: NDArray[np.float32]
    """(101,) F1 at `CURVE_THRESHOLDS`."""


def count_pixels(prob_map: ProbMap, true_mask: NDArray[np.bool_]) -> PixelCounts:
    """Count the pixels of a map (H, W) against a mask of the same size, in strips of rows."""
    height, _ = prob_map.size_hw
    inside, outside = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    hits = alarms = 0
    for top in range(0, height, _ROWS):
        rows = prob_map.rows(top, min(top + _ROWS, height))
        truth = true_mask[top : top + _ROWS]
        bins = np.clip(rows.astype(np.float64) * (BINS - 1), 0, BINS - 1).astype(np.intp)
        inside += np.bincount(bins[truth], minlength=BINS)
        outside += np.bincount(bins[~truth], minlength=BINS)
        flagged = rows >= prob_map.threshold
        hits += int(np.sum(flagged & truth))
        alarms += int(np.sum(flagged & ~truth))
    return PixelCounts(inside, outside, hits, alarms)


def pixel_scores(counts: PixelCounts) -> PixelScores:
    """Compute one image's pixel metrics; its true mask must not be empty (F1 would be 0/0)."""
    hits, alarms = counts.hits, counts.alarms
    positives, negatives = int(counts.inside.sum()), int(counts.outside.sum())
    missed = positives - hits
    area = positives / (positives + negatives)
    return PixelScores(
        f1=2 * hits / (2 * hits + alarms + missed),
        iou=hits / (hits + alarms + missed),
        mcc=matthews(hits, alarms, missed, negatives - alarms),
        auc=float(binned_auc(counts.inside, counts.outside)),
        floor_f1=2 * area / (1 + area),
        floor_iou=area,
        f1_curve=_f1_curve(counts),
    )


def matthews(hits: int, alarms: int, missed: int, left: int) -> float:
    """Return Matthews' correlation coefficient, 0 where a row or column of counts is empty."""
    product = (hits + alarms) * (hits + missed) * (left + alarms) * (left + missed)
    return (hits * left - alarms * missed) / math.sqrt(product) if product > 0 else 0.0


def _f1_curve(counts: PixelCounts) -> NDArray[np.float32]:
    starts = np.round(CURVE_THRESHOLDS * (BINS - 1)).astype(np.intp)
    hits = np.cumsum(counts.inside[::-1])[::-1][starts]
    flagged = hits + np.cumsum(counts.outside[::-1])[::-1][starts]
    return np.asarray(2 * hits / (flagged + counts.inside.sum()), dtype=np.float32)
