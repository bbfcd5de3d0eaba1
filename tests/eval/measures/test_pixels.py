"""Pixel metrics against scikit-learn, and the counts of large maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from inpaintscan.eval.measures.pixel_metrics import CURVE_THRESHOLDS, count_pixels, pixel_scores
from inpaintscan.findings import ProbMap


def map_of(values: np.ndarray, threshold: float = 0.5) -> ProbMap:
    return ProbMap(values.astype(np.float32), 1, values.shape, threshold)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 12),
    width=st.integers(2, 12),
    threshold=st.sampled_from([0.1, 0.335, 0.5, 0.9]),
)
def test_scores_are_those_of_scikit_learn(
    seed: int, height: int, width: int, threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    grid = (rng.integers(0, 1001, (height, width)) / 1000).astype(np.float32)
    truth = rng.random((height, width)) < 0.4
    truth.flat[:2] = [True, False]
    # half a bin up: a float32 thousandth may lie a hair below the edge of its bin
    scores = pixel_scores(count_pixels(map_of(np.minimum(grid + 0.0005, 1), threshold), truth))
    flagged, flat = np.minimum(grid + np.float32(0.0005), 1).ravel() >= threshold, truth.ravel()
    assert scores.f1 == pytest.approx(reference.f1_score(flat, flagged, zero_division=0))
    assert scores.iou == pytest.approx(reference.jaccard_score(flat, flagged, zero_division=0))
    assert scores.mcc == pytest.approx(reference.matthews_corrcoef(flat, flagged))
    assert scores.auc == pytest.approx(reference.roc_auc_score(flat, grid.ravel()))
    everything = np.ones_like(flat)
    assert scores.floor_f1 == pytest.approx(reference.f1_score(flat, everything))
    assert scores.floor_iou == pytest.approx(reference.jaccard_score(flat, everything))
    for number in (0, 20, 50, 100):
        at = np.minimum(grid + 0.0005, 1).ravel() >= CURVE_THRESHOLDS[number]
        expected = reference.f1_score(flat, at, zero_division=0)
        assert scores.f1_curve[number] == pytest.approx(expected, abs=1e-6)


def test_a_map_of_many_strips_is_counted_whole() -> None:
    rng = np.random.default_rng(0)
    prob_map = ProbMap(rng.random((350, 10), dtype=np.float32), 4, (1399, 38), 0.5)
    truth = rng.random((1399, 38)) < 0.3
    counts = count_pixels(prob_map, truth)
    assert counts.inside.sum() == truth.sum()
    assert counts.outside.sum() == (~truth).sum()
    assert counts.hits == (prob_map.mask & truth).sum()
    assert counts.alarms == (prob_map.mask & ~truth).sum()


def test_a_mask_over_everything_has_no_auc_and_a_floor_of_one() -> None:
    scores = pixel_scores(count_pixels(map_of(np.full((3, 3), 0.2)), np.ones((3, 3), bool)))
    assert np.isnan(scores.auc)
    assert (scores.f1, scores.floor_f1, scores.floor_iou, scores.mcc) == (0, 1, 1, 0)
