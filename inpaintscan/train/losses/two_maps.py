"""The loss of a network with two maps: what is of another history, and what a generator made."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from inpaintscan.train.losses.heads import dice_loss

NOT_JUDGED = -1.0
_SYNTHETIC_WEIGHT = 0.5
_WHOLE_WEIGHT = 0.5
"""A frame generated whole has one history, but may well be a collage: it counts less."""


def synthetic_target(target: Tensor, *, whole: bool, known: bool) -> Tensor:
    """Return the second map's target of a crop, of the first one (1, h, w).

    A frame generated `whole` is synthetic all over. Where it is not `known` what filled a region,
    that is not judged, and the rest is not synthetic.
    """
    if whole or known:
        return target
    return torch.where(target > 0, NOT_JUDGED, 0.0)


def two_targets(target: Tensor, synthetic: Tensor, whole: Tensor) -> Tensor:
    """Return the targets of both maps, (B, 2, h, w), of `map_target` and `synthetic` (B, 1, h, w).

    In frames generated `whole` (B,), nothing is of another history than the rest.
    """
    replaced = torch.where(whole[:, None, None, None] > 0, 0.0, target)
    return torch.cat([replaced, synthetic], dim=1)


def two_map_losses(
    logits: Tensor, targets: Tensor, weight: Tensor, whole: Tensor, dice: float
) -> Tensor:
    """Return the cross entropy of both maps, and `dice` times soft Dice of the first.

    `logits` and `targets` are (B, 2, h, w), `weight` and `whole` (B,). A cell whose target is
    negative is not judged.
    """
    judged = (targets >= 0).to(logits.dtype)
    truth = targets.clamp(min=0)
    cells = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * judged
    each = cells.sum(dim=(2, 3)) / judged.sum(dim=(2, 3)).clamp(min=1)
    replaced = each[:, 0] * torch.where(whole > 0, _WHOLE_WEIGHT, 1.0)
    known = judged[:, :1]
    overlap = dice_loss(logits[:, :1].where(known > 0, -30.0), truth[:, :1] * known)
    return ((replaced + _SYNTHETIC_WEIGHT * each[:, 1] + dice * overlap) * weight).mean()
