"""`train --task segment`: which pixels, by our network, FCN-ResNet50 or NIX-Net."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.stats import rank_auc
from inpaintscan.train.loop.loop import Batch
from inpaintscan.train.losses.heads import enlarged, map_loss, score_loss
from inpaintscan.train.settings import ImageSettings

STRIDES = {"scannet": 4, "fcn_resnet50": 8, "nixnet": 4}
"""The segmentation networks, and the pixels a cell of their maps stands for."""
SCORE_WEIGHT = 0.4
"""Weight of the image score's loss, for a network that has such a head."""


def network_arguments(settings: ImageSettings, _classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments of the network, as they stand in the card."""
    return dict(settings.arch_args)


def loss(prediction: Prediction, batch: Batch, settings: ImageSettings) -> Tensor:
    """Return the loss of the map, where the mask is known, and of the score if there is one."""
    assert prediction.map_logits is not None
    total = map_loss(
        prediction.map_logits, batch["mask"], batch["has_mask"], settings.loss, settings.gamma
    )
    if prediction.score_logits is not None:
        total = total + SCORE_WEIGHT * score_loss(prediction.score_logits, batch["labels"])
    return total


def observe(prediction: Prediction, batch: Batch) -> dict[str, Tensor]:
    """Return what the figures need of each image; its score is the mean of the map's top 1 %."""
    assert prediction.map_logits is not None
    mask = batch["mask"] > 0
    cells = prediction.map_logits.float().flatten(1)
    top = cells.topk(max(1, round(0.01 * cells.shape[1])), dim=1).values.mean(dim=1)
    score = top if prediction.score_logits is None else prediction.score_logits.float().amax(dim=1)
    return {
        "counts": _count_cells(enlarged(prediction.map_logits, mask) >= 0, mask),
        "known": batch["has_mask"],
        "score": score,
        "manipulated": batch["labels"].amax(dim=1) > 0.5,
    }


def _count_cells(found: Tensor, true: Tensor) -> Tensor:
    """Return hits, false alarms and misses of each image, int64 (B, 3), of bool (B, 1, H, W)."""
    pairs = (found & true, found & ~true, ~found & true)
    return torch.stack([pair.flatten(1).sum(dim=1) for pair in pairs], dim=1)


def figures(seen: dict[str, Tensor]) -> dict[str, float]:
    """Return mean pixel IoU and F1, the share of clean images with any pixel, and the image AUC.

    The means are over images with a known mask that is not empty.
    """
    hits, alarms, misses = seen["counts"].double().unbind(dim=1)
    known = seen["known"] > 0.5
    masked, clean = known & (hits + misses > 0), known & (hits + misses == 0)
    iou = hits / (hits + alarms + misses).clamp(min=1)
    f1 = 2 * hits / (2 * hits + alarms + misses).clamp(min=1)
    return {
        "pixel_iou": float(iou[masked].mean()) if masked.any() else 0.0,
        "pixel_f1": float(f1[masked].mean()) if masked.any() else 0.0,
        "clean_flagged": float((alarms[clean] > 0).double().mean()) if clean.any() else 0.0,
        "auc": rank_auc(seen["score"].float().numpy(), seen["manipulated"].bool().numpy()),
    }
