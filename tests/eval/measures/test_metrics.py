"""Image-level metrics against scikit-learn, with ties and with weights."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from inpaintscan.eval.measures.image_metrics import (
    area_under_roc,
    average_precision,
    best_f1,
    decision_metrics,
    equal_error_rate,
    operating_curve,
    ranking_metrics,
    roc_points,
    tpr_at_fpr,
)

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: Callable[[st.SearchStrategy[int]], int]) -> Case:
    """Scores with many ties, both classes, and integer weights with every class present."""
    size = draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    positive = rng.random(size) < 0.5
    positive[:2] = [True, False]
    scores = rng.integers(0, draw(st.integers(1, 30)) + 1, size) / 30
    weights = rng.integers(0, 4, size).astype(np.float64)
    weights[:2] += 1
    return scores, positive, weights


@settings(max_examples=60, deadline=None)
@given(cases())
def test_ranking_metrics_are_those_of_scikit_learn(case: Case) -> None:
    scores, positive, weights = case
    curve = operating_curve(scores, positive, weights)
    assert area_under_roc(curve)[0] == pytest.approx(
        reference.roc_auc_score(positive, scores, sample_weight=weights)
    )
    assert average_precision(curve)[0] == pytest.approx(
        reference.average_precision_score(positive, scores, sample_weight=weights)
    )
    fpr, tpr, _ = reference.roc_curve(
        positive, scores, sample_weight=weights, drop_intermediate=False
    )
    for limit in (0.01, 0.05, 0.5):
        assert tpr_at_fpr(curve, limit)[0] == pytest.approx(tpr[fpr <= limit + 1e-12].max())
    flagged = scores >= scores[:, None]  # a row for each score taken as the threshold
    hits, chosen = (flagged & positive) @ weights, flagged @ weights
    f1 = 2 * hits / (chosen + weights[positive].sum())
    assert best_f1(curve)[0] == pytest.approx(f1.max())


@settings(max_examples=40, deadline=None)
@given(cases())
def test_decision_metrics_are_those_of_scikit_learn(case: Case) -> None:
    scores, positive, weights = case
    flagged = scores >= 0.4
    ours = {
        name: value[0] for name, value in decision_metrics(flagged, positive, weights[None]).items()
    }
    checks = {
        "image_accuracy": reference.accuracy_score,
        "image_balanced_accuracy": reference.balanced_accuracy_score,
        "image_recall": reference.recall_score,
        "image_f1": reference.f1_score,
    }
    for name, function in checks.items():
        assert ours[name] == pytest.approx(function(positive, flagged, sample_weight=weights)), name
    if weights[flagged].sum():
        expected = reference.precision_score(positive, flagged, sample_weight=weights)
        assert ours["image_precision"] == pytest.approx(expected)
    else:
        assert np.isnan(ours["image_precision"])
    missed = 1 - reference.recall_score(~positive, ~flagged, sample_weight=weights)
    assert ours["false_positive_rate"] == pytest.approx(missed)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_equal_error_rate_lies_on_the_roc_where_both_errors_meet(case: Case) -> None:
    scores, positive, weights = case
    rate = equal_error_rate(operating_curve(scores, positive, weights))[0]
    fpr, tpr, _ = reference.roc_curve(
        positive, scores, sample_weight=weights, drop_intermediate=False
    )
    along = np.linspace(0, len(fpr) - 1, 200 * len(fpr))
    gaps = np.interp(along, np.arange(len(fpr)), fpr - (1 - tpr))
    nearest = np.interp(along, np.arange(len(fpr)), fpr)[np.abs(gaps).argmin()]
    assert rate == pytest.approx(nearest, abs=0.01)


@settings(max_examples=50, deadline=None)
@given(cases())
def test_weights_mean_repeated_images(case: Case) -> None:
    scores, positive, weights = case
    times = weights.astype(int)
    repeated = ranking_metrics(
        np.repeat(scores, times), np.repeat(positive, times), np.ones((1, times.sum()))
    )
    both = np.stack([weights, np.ones_like(weights)])
    for name, values in ranking_metrics(scores, positive, both).items():
        assert values.shape == (2,)
        assert values[0] == pytest.approx(repeated[name][0]), name


def test_one_class_leaves_rankings_undefined() -> None:
    for positive in (np.ones(3, bool), np.zeros(3, bool)):
        values = ranking_metrics(np.array([0.1, 0.5, 0.5]), positive, np.ones((2, 3)))
        assert all(np.isnan(value).all() for value in values.values())


def test_a_perfect_and_a_reversed_ranking() -> None:
    scores, positive = np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False])
    perfect = ranking_metrics(scores, positive, np.ones((1, 4)))
    assert [perfect[name][0] for name in ("image_auc", "image_eer", "image_tpr_at_fpr_1")] == [
        1,
        0,
        1,
    ]
    worst = ranking_metrics(-scores, positive, np.ones((1, 4)))
    assert [worst[name][0] for name in ("image_auc", "image_eer", "image_tpr_at_fpr_1")] == [
        0,
        1,
        0,
    ]


def test_roc_points_keep_the_ends_and_thin_the_middle() -> None:
    rng = np.random.default_rng(1)
    fpr, tpr, thresholds = roc_points(rng.random(5000), rng.random(5000) < 0.5, limit=100)
    assert len(fpr) == len(tpr) == len(thresholds) == 100
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
