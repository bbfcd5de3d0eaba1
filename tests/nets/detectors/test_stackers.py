"""Stackers as tensors answer as scikit-learn's own do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from inpaintscan.nets.detectors.stackers import build_stacker
from inpaintscan.train.tasks.ensemble import EnsembleSettings, fill_stacker, fit_stacker


def toy_scores(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    positive = rng.random(count) < 0.4
    features = rng.normal(size=(count, 3)).astype(np.float32) + positive[:, None]
    return features, positive


def logits_of(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features, positive = toy_scores()
    fitted = fit_stacker(features, positive, EnsembleSettings(stacker=kind, trees=15, depth=5))
    stacker = fill_stacker(features.shape[1], fitted)
    fresh = np.random.default_rng(9).normal(size=(50, 3)).astype(np.float32)
    everything = np.concatenate([features, fresh])
    return features, positive, stacker(torch.from_numpy(everything)).numpy()


def everything() -> np.ndarray:
    fresh = np.random.default_rng(9).normal(size=(50, 3)).astype(np.float32)
    return np.concatenate([toy_scores()[0], fresh])


def test_logistic() -> None:
    features, positive, found = logits_of("logistic")
    theirs = LogisticRegression(class_weight="balanced").fit(features, positive)
    assert found == pytest.approx(theirs.decision_function(everything()), abs=1e-4)


def test_svc() -> None:
    features, positive, found = logits_of("svc")
    theirs = SVC(class_weight="balanced", gamma=1 / (3 * features.var())).fit(features, positive)
    assert found == pytest.approx(theirs.decision_function(everything()), abs=1e-4)


def test_forest() -> None:
    features, positive, found = logits_of("forest")
    theirs = RandomForestClassifier(
        15, max_depth=5, min_samples_leaf=2, class_weight="balanced", random_state=0
    ).fit(features, positive)
    chance = theirs.predict_proba(everything())[:, 1].clip(0.5 / 15, 1 - 0.5 / 15)
    assert 1 / (1 + np.exp(-found)) == pytest.approx(chance, abs=1e-5)


def test_an_empty_stacker_is_built_from_its_arguments_alone() -> None:
    sizes, _ = fit_stacker(*toy_scores(), EnsembleSettings(stacker="forest", trees=3))
    assert build_stacker(3, **sizes).feature.shape == (3, sizes["nodes"])
