"""Losses, each a mean over the batch.

Every loss is a sum over images divided by the size of the batch, never by a count that varies from
batch to batch: so the parts of a step and the processes of a run add up to the same gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from inpaintscan.train.settings import BoxLoss


def score_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return binary cross entropy of score logits (B, classes)."""
    return functional.binary_cross_entropy_with_logits(logits.float(), labels)


def dice_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return 1 - soft Dice of each image, (B,), of maps (B, 1, H, W); 0 where nothing is true.

    On a clean image Dice has no gradient worth having, so the cross entropy beside it must teach.
    """
    probability = logits.sigmoid()
    overlap = 2 * (probability * targets).sum(dim=(1, 2, 3)) + 1
    total = (probability + targets).sum(dim=(1, 2, 3)) + 1
    return (1 - overlap / total) * (targets.sum(dim=(1, 2, 3)) > 0)


def map_loss(
    map_logits: Tensor, mask: Tensor, known: Tensor, kind: str, gamma: float = 2.0
) -> Tensor:
    """Return the loss of a map against masks (B, 1, H, W), over images whose mask is known (B,).

    Logits are enlarged to the mask's size first. `kind` is `bce`, `focal` (Lin et al. 2017, without
    its class weight) or `bce-dice`.
    """
    targets = mask.float()
    logits = enlarged(map_logits, mask)
    if kind == "focal":
        cells: Tensor = sigmoid_focal_loss(logits, targets, alpha=-1, gamma=gamma)
    else:
        cells = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    each = cells.mean(dim=(1, 2, 3))
    if kind == "bce-dice":
        each = each + dice_loss(logits, targets)
    return (each * known).mean()


def enlarged(map_logits: Tensor, mask: Tensor) -> Tensor:
    """Return the logits of a map, float32, at the size of masks (B, 1, H, W)."""
    size = list(mask.shape[-2:])
    return functional.interpolate(
        map_logits.float(), size=size, mode="bilinear", align_corners=False
    )


def box_loss(boxes: Tensor, true_boxes: Tensor, has_box: Tensor, kind: BoxLoss) -> Tensor:
    """Return the loss of boxes (B, 4), over images that have one (B,): the inpainted ones alone."""
    if kind == "giou":
        each: Tensor = generalized_box_iou_loss(boxes.float(), true_boxes, eps=1e-9)
    else:
        function = functional.mse_loss if kind == "mse" else functional.smooth_l1_loss
        each = function(boxes.float(), true_boxes, reduction="none").mean(dim=1)
    return (each * has_box).mean()


def intersection_over_union(boxes: Tensor, others: Tensor) -> Tensor:
    """Return the IoU of each of some boxes (B, 4), xmin, ymin, xmax, ymax, with its other: (B,)."""
    low = torch.maximum(boxes[:, :2], others[:, :2])
    high = torch.minimum(boxes[:, 2:], others[:, 2:])
    overlap = (high - low).clamp(min=0).prod(dim=1)
    areas = [(one[:, 2:] - one[:, :2]).clamp(min=0).prod(dim=1) for one in (boxes, others)]
    return overlap / (areas[0] + areas[1] - overlap).clamp(min=1e-9)
