"""Image-level metrics, weighted so that one sort serves every bootstrap resample.

Scores are float64 (N,), `positive` bool (N,): whether the image was manipulated. Weights are
(B, N), a row a resample (or a single (N,)); results are (B,) (or a number). A metric that is not
defined, such as an AUC of one class, is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.stats import binned_auc

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """Operating points from the strictest to "flag everything"; rows are resamples."""

    thresholds: Array
    """(P,) falling; the first is infinite: nothing flagged."""
    true_positives: Array
    """(B, P) weighted counts at or above each threshold."""
    false_positives: Array

    @property
    def tpr(self) -> Array:
        """True-positive rates (B, P), NaN without positives."""
        return ratio(self.true_positives, self.true_positives[:, -1:])

    @property
    def fpr(self) -> Array:
        """False-positive rates (B, P), NaN without negatives."""
        return ratio(self.false_positives, self.false_positives[:, -1:])


def ratio(numerator: Array, denominator: Array) -> Array:
    """Divide, with NaN where the denominator is zero."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result


def operating_curve(scores: Array, positive: Bools, weights: Array | None = None) -> Curve:
    """Return the counts at every distinct score."""
    rows = np.ones((1, len(scores))) if weights is None else np.atleast_2d(weights)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
    hits = _cumulated(rows[:, order] * positive[order], ends)
    alarms = _cumulated(rows[:, order] * ~positive[order], ends)
    return Curve(np.append(np.inf, ranked[ends]), hits, alarms)


def _cumulated(weights: Array, ends: NDArray[np.intp]) -> Array:
    counts = np.zeros((len(weights), len(ends) + 1))
    counts[:, 1:] = np.cumsum(weights, axis=1)[:, ends]
    return counts


def area_under_roc(curve: Curve) -> Array:
    """Return the area under the ROC curve (B,): ties count half."""
    by_score = (np.diff(curve.true_positives, axis=1), np.diff(curve.false_positives, axis=1))
    return binned_auc(*(counts[:, ::-1] for counts in by_score))


def average_precision(curve: Curve) -> Array:
    """Return the area under the precision-recall curve (B,), as steps, not interpolated."""
    flagged = curve.true_positives + curve.false_positives
    precision = np.nan_to_num(ratio(curve.true_positives, flagged))
    area: Array = np.sum(np.diff(curve.tpr, axis=1) * precision[:, 1:], axis=1)
    return area


def equal_error_rate(curve: Curve) -> Array:
    """Return the error (B,) where as many clean images are flagged as manipulated are missed.

    Between two operating points the ROC curve is taken as straight.
    """
    fpr, missed = curve.fpr, 1 - curve.tpr
    gap = fpr - missed  # rises from -1 to 1
    after = np.maximum(np.argmax(gap >= 0, axis=1), 1)
    rows = np.arange(len(gap))
    after = np.minimum(after, gap.shape[1] - 1)
    before = np.maximum(after - 1, 0)
    rise = gap[rows, after] - gap[rows, before]
    part = np.nan_to_num(ratio(-gap[rows, before], rise))
    rate = fpr[rows, before] + part * (fpr[rows, after] - fpr[rows, before])
    return np.where(np.isnan(gap[:, -1]), np.nan, rate)


def tpr_at_fpr(curve: Curve, fpr: float) -> Array:
    """Return the share of manipulated images found (B,) with at most `fpr` of clean ones flagged.

    No interpolation: the figure belongs to a threshold that exists.
    """
    allowed = np.sum(curve.fpr <= fpr + 1e-12, axis=1)
    rate = curve.tpr[np.arange(len(allowed)), np.maximum(allowed - 1, 0)]
    return np.where(allowed == 0, np.nan, rate)


def best_f1(curve: Curve) -> Array:
    """Return the highest F1 over all thresholds (B,): an upper bound, chosen on the test data."""
    flagged = curve.true_positives + curve.false_positives
    positives = curve.true_positives[:, -1:]
    f1 = ratio(2 * curve.true_positives, flagged + positives)
    return np.where(positives[:, 0] > 0, np.max(np.nan_to_num(f1), axis=1), np.nan)


def ranking_metrics(scores: Array, positive: Bools, weights: Array) -> dict[str, Array]:
    """Return the metrics that need no threshold, each (B,)."""
    curve = operating_curve(scores, positive, weights)
    return {
        "image_auc": area_under_roc(curve),
        "image_ap": np.where(np.isnan(curve.fpr[:, -1]), np.nan, average_precision(curve)),
        "image_eer": equal_error_rate(curve),
        "image_tpr_at_fpr_1": tpr_at_fpr(curve, 0.01),
        "image_tpr_at_fpr_5": tpr_at_fpr(curve, 0.05),
        "image_f1_best": np.where(np.isnan(curve.fpr[:, -1]), np.nan, best_f1(curve)),
    }


def decision_metrics(flagged: Bools, positive: Bools, weights: Array) -> dict[str, Array]:
    """Return the metrics of the model's own decisions, each (B,)."""
    found = weights @ (flagged & positive).astype(np.float64)
    alarms = weights @ (flagged & ~positive).astype(np.float64)
    positives = weights @ positive.astype(np.float64)
    negatives = weights @ (~positive).astype(np.float64)
    recall, fpr = ratio(found, positives), ratio(alarms, negatives)
    both = ~np.isnan(recall) & ~np.isnan(fpr)
    accuracy = ratio(found + negatives - alarms, positives + negatives)
    return {
        "image_accuracy": accuracy,
        "image_balanced_accuracy": (recall + 1 - fpr) / 2,
        "image_precision": np.where(both, ratio(found, found + alarms), np.nan),
        "image_recall": recall,
        "image_f1": np.where(both, ratio(2 * found, positives + found + alarms), np.nan),
        "false_positive_rate": fpr,
    }


def roc_points(scores: Array, positive: Bools, limit: int = 500) -> tuple[Array, Array, Array]:
    """Return (fpr, tpr, threshold) of the ROC curve, at most about `limit` points of it."""
    curve = operating_curve(scores, positive)
    chosen = np.unique(np.linspace(0, len(curve.thresholds) - 1, limit).round().astype(int))
    return curve.fpr[0, chosen], curve.tpr[0, chosen], curve.thresholds[chosen]
