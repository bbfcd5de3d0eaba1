"""The probability from which a pixel is called replaced: the best on validation images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = np.round(np.linspace(0.05, 0.95, 19), 2)
AS_GOOD = 0.01
"""F1 that is given away for a higher threshold, which lights less of clean images."""


def best_threshold(curves: Sequence[NDArray[np.float64]]) -> float:
    """Return the highest of `THRESHOLDS` of about the best mean F1, of each image's `f1_curve`."""
    f1 = np.mean(curves, axis=0)
    return float(THRESHOLDS[f1 >= f1.max() - AS_GOOD].max())


def f1_curve(prob_map: NDArray[np.float32], true_mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the pixel F1 at each of `THRESHOLDS`; both arguments (H, W)."""
    edges = np.concatenate([THRESHOLDS, [np.inf]])
    hits = np.histogram(prob_map[true_mask], bins=edges)[0][::-1].cumsum()[::-1]
    found = np.histogram(prob_map, bins=edges)[0][::-1].cumsum()[::-1]
    return 2 * hits / np.maximum(1, found + np.count_nonzero(true_mask))
