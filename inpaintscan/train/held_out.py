"""Validation figures while training: fast ones, on tensors; `eval` has the full set."""

from __future__ import annotations

import torch
from torch import Tensor

from inpaintscan.stats import rank_auc
from inpaintscan.train.losses.heads import intersection_over_union


def image_figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the AUC and, at logit 0, accuracy and F1 of score logits against labels, (N, classes).

    An image counts as manipulated if any class says so.
    """
    scores, positive = logits.amax(dim=1), labels.amax(dim=1) > 0.5
    flagged = scores > 0
    hits = int((flagged & positive).sum())
    return {
        "auc": rank_auc(scores.float().numpy(), positive.numpy()),
        "accuracy": float((flagged == positive).double().mean()),
        "f1": 2 * hits / max(1, int(flagged.sum()) + int(positive.sum())),
    }


def box_figures(boxes: Tensor, true_boxes: Tensor, has_box: Tensor) -> dict[str, float]:
    """Return the mean IoU and the share above 0.5 over images that have a true box."""
    iou = intersection_over_union(boxes, true_boxes)[0][has_box > 0.5]
    if not len(iou):
        return {"mean_iou": 0.0, "box_success": 0.0}
    return {"mean_iou": float(iou.mean()), "box_success": float((iou >= 0.5).double().mean())}


def count_cells(found: Tensor, true: Tensor) -> Tensor:
    """Return hits, false alarms and misses of each image, int64 (B, 3), of bool (B, 1, H, W)."""
    pairs = (found & true, found & ~true, ~found & true)
    return torch.stack([pair.flatten(1).sum(dim=1) for pair in pairs], dim=1)


def pixel_figures(counts: Tensor, known: Tensor) -> dict[str, float]:
    """Return mean pixel F1 and IoU over images with a known, non-empty mask, and clean ones' share.

    `counts` (N, 3) as from `count_cells`. `clean_flagged` is the share of clean images with any
    pixel called replaced.
    """
    hits, alarms, misses = counts.double().unbind(dim=1)
    masked = (known > 0.5) & (hits + misses > 0)
    clean = (known > 0.5) & (hits + misses == 0)
    both = hits / (hits + alarms + misses).clamp(min=1)
    f1 = 2 * hits / (2 * hits + alarms + misses).clamp(min=1)
    return {
        "pixel_iou": float(both[masked].mean()) if masked.any() else 0.0,
        "pixel_f1": float(f1[masked].mean()) if masked.any() else 0.0,
        "clean_flagged": float((alarms[clean] > 0).double().mean()) if clean.any() else 0.0,
    }
