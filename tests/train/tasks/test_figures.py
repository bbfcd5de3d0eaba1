"""The quick figures, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.train.tasks import detect, localize, segment


@pytest.mark.parametrize("seed", range(3))
def test_image_figures_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positive = rng.random(60) < 0.4
    logits = np.round(rng.normal(size=60) + positive, 1)  # rounded: ties
    labels = torch.from_numpy(positive)[:, None].float()
    found = detect.figures({"logits": torch.from_numpy(logits)[:, None], "labels": labels})
    assert found["auc"] == pytest.approx(roc_auc_score(positive, logits))
    assert found["accuracy"] == pytest.approx(accuracy_score(positive, logits > 0))
    assert found["f1"] == pytest.approx(f1_score(positive, logits > 0))


def test_an_image_is_manipulated_if_any_class_says_so() -> None:
    logits = torch.tensor([[-1.0, 2.0], [-3.0, -1.0]])
    labels = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    found = detect.figures({"logits": logits, "labels": labels})
    assert found == {"auc": 1.0, "accuracy": 1.0, "f1": 1.0}


def test_boxes_count_where_there_is_one() -> None:
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 0.6, 0.6]])
    true = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.25], [0.0, 0.0, 0.0, 0.0]])
    scores = {"logits": torch.tensor([[1.0], [2.0], [-1.0]]), "labels": torch.eye(3)[:, :1]}
    for known, wanted in (([1.0, 1.0, 0.0], (0.625, 0.5)), ([0.0] * 3, (0.0, 0.0))):
        seen = {"boxes": boxes, "true": true, "known": torch.tensor(known), **scores}
        found = localize.figures(seen)
        assert (found["mean_iou"], found["box_success"]) == wanted


def test_pixels_of_masked_and_clean_images_are_counted_apart() -> None:
    true = torch.zeros(3, 1, 4, 4, dtype=torch.bool)
    true[0, :, :2] = True
    found = torch.zeros_like(true)
    found[0, :, :1] = True  # half of the mask
    found[2, 0, 0, 0] = True  # one pixel of a clean image
    batch = {"mask": true, "has_mask": torch.ones(3), "labels": torch.eye(3)[:, :1]}
    seen = segment.observe(Prediction(map_logits=found.float() - 0.5), batch)
    assert seen["counts"].tolist() == [[4, 0, 4], [0, 0, 0], [0, 1, 0]]
    figures = segment.figures(seen)
    assert figures["pixel_iou"] == pytest.approx(0.5)
    assert figures["pixel_f1"] == pytest.approx(2 / 3)
    assert figures["clean_flagged"] == pytest.approx(0.5)
