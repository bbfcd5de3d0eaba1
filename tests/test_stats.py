"""Ranking and the logistic line, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from inpaintscan.stats import binned_auc, fit_logistic, rank_auc


@pytest.mark.parametrize("levels", [2, 6, 10_000])
def test_the_auc_is_scikit_learns_ties_included(levels: int) -> None:
    rng = np.random.default_rng(levels)
    scores, truth = rng.integers(0, levels, 200).astype(float), rng.random(200) < 0.3
    assert rank_auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1.0),
        ([1, 2, 3, 4], [True, True, False, False], 0.0),
        ([1, 1, 1, 1], [True, False, True, False], 0.5),
        ([1, 2], [True, True], 0.5),  # nothing to rank against
        ([], [], 0.5),
    ],
)
def test_the_auc_by_hand(scores: list[float], truth: list[bool], expected: float) -> None:
    assert rank_auc(np.array(scores, np.float32), np.array(truth, bool)) == expected


def test_binned_counts_are_as_if_every_value_stood_alone() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 9, (2, 3, 7))
    for row in range(3):
        scores = np.concatenate([np.repeat(np.arange(7), kind[row]) for kind in counts])
        truth = np.arange(len(scores)) < counts[0, row].sum()
        assert binned_auc(counts[0], counts[1])[row] == pytest.approx(roc_auc_score(truth, scores))


def test_counts_of_one_kind_have_no_auc() -> None:
    assert np.isnan(binned_auc(np.array([3, 1]), np.array([0, 0])))
    assert np.isnan(binned_auc(np.array([0, 0]), np.array([3, 1])))


@pytest.mark.parametrize("ridge", [1e-4, 1.0])
def test_the_line_is_scikit_learns(ridge: float) -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(size=(300, 2)), np.ones(300)])
    truth = rng.random(300) < 1 / (1 + np.exp(-(features @ [2.0, -1.0, 0.5])))
    weight = rng.uniform(0.5, 2, 300)
    model = LogisticRegression(C=1 / ridge, fit_intercept=False, tol=1e-10, max_iter=1000)
    model.fit(features, truth, sample_weight=weight)
    found = fit_logistic(features, truth, weight, ridge)
    assert found == pytest.approx(model.coef_[0], abs=1e-4)


def test_classes_apart_give_a_finite_line() -> None:
    features = np.column_stack([[-9.0, -8.0, 8.0, 9.0], np.ones(4)])
    found = fit_logistic(features, features[:, 0] > 0, np.full(4, 0.25), 1e-4)
    assert np.isfinite(found).all()
    assert found[0] > 0
