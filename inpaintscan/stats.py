"""How well scores rank, and the logistic line through them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 50


def rank_auc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Return the chance that a positive scores above a negative, both (N,); ties count half.

    0.5 where there are none of one kind.
    """
    values, places = np.unique(scores, return_inverse=True)
    area = binned_auc(
        np.bincount(places[positive], minlength=len(values)),
        np.bincount(places[~positive], minlength=len(values)),
    )
    return 0.5 if np.isnan(area) else float(area)


def binned_auc(positives: NDArray[Any], negatives: NDArray[Any]) -> NDArray[np.float64]:
    """Return the area under the ROC curve of counts or weights (..., bins) by rising score.

    The Mann-Whitney statistic: within a bin ties count half. NaN where one kind is missing.
    """
    positives, negatives = positives.astype(np.float64), negatives.astype(np.float64)
    below = np.cumsum(negatives, axis=-1) - negatives
    above = np.asarray(np.sum(positives * (below + negatives / 2), axis=-1))
    pairs = positives.sum(axis=-1) * negatives.sum(axis=-1)
    area = np.full(above.shape, np.nan)
    np.divide(above, pairs, out=area, where=pairs > 0)
    return area


def fit_logistic(
    features: NDArray[np.float64], target: NDArray[Any], weight: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Return the coefficients (F,) whose sigmoid of features (N, F) is nearest to a target (N,).

    Newton's method on the weighted cross entropy plus `ridge` / 2 times their squared length,
    which makes the minimum unique and finite where the classes are apart.
    """
    line = np.zeros(features.shape[1])
    for _ in range(_ROUNDS):
        chance = 0.5 + 0.5 * np.tanh(features @ line / 2)
        gradient = features.T @ (weight * (chance - target)) + ridge * line
        curvature = weight * chance * (1 - chance)
        hessian = (features * curvature[:, None]).T @ features + ridge * np.eye(len(line))
        step = np.linalg.solve(hessian, gradient)
        line = line - step
        if np.abs(step).max() < 1e-12:
            break
    return line
