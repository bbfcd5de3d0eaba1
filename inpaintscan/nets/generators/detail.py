"""Fine detail for a coarse fill, copied from where the photo looks alike."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_STEP = 2
"""Side, in pixels of the coarse picture, of the cells whose detail is copied."""
_CONTEXT = 6
"""Side of what is compared around a cell, in the same pixels."""


@torch.no_grad()
def copy_detail(coarse: Tensor, detail: Tensor, masks: Tensor) -> Tensor:
    """Return `detail` (B, 3, H, W) with known detail in place of what lay in the holes.

    For every cell of a hole, the detail of that known cell is taken around which the coarse picture
    looks most alike: contextual attention (Yu et al. 2018) that attends to one place only, for
    residuals (Yi et al. 2020). `coarse` (B, 3, h, w) is the picture with the hole filled, h and w
    even; H and W are the same multiple of them. `masks` (B, 1, H, W) is 1 in the hole. Copies
    reach a quarter of a cell into their neighbours and fade there. Where no cell is known there is
    no detail.
    """
    cell = _STEP * detail.shape[-1] // coarse.shape[-1]
    rim = cell // 4
    patch = cell + 2 * rim
    margin = (_CONTEXT - _STEP) // 2
    around = functional.pad(coarse.float(), (margin,) * 4, mode="replicate")
    looks = functional.unfold(around, _CONTEXT, stride=_STEP).transpose(1, 2)
    touched = functional.max_pool2d(masks, patch, cell, rim).flatten(1) > 0
    wanted = functional.max_pool2d(masks, cell).flatten(1) > 0
    fading = _fading(patch, 2 * rim).to(looks)
    copies = []
    for look, lacks, out, own in zip(
        looks, wanted, touched, functional.pad(detail.float(), (rim,) * 4, mode="replicate"),
        strict=True,
    ):  # fmt: skip
        known, lacking = (~out).nonzero()[:, 0], lacks.nonzero()[:, 0]
        total, weight = torch.zeros_like(own), torch.full_like(own[:1], 1e-9)
        if len(known) and len(lacking):
            sources = known[torch.cdist(look[lacking], look[known]).argmin(dim=1)]
            for place, source in zip(lacking.tolist(), sources.tolist(), strict=True):
                here, there = (
                    _square(number, detail.shape[-1] // cell, cell, patch)
                    for number in (place, source)
                )
                total[here] += fading * own[there]
                weight[here] += fading
        copies.append((total / weight)[..., rim : own.shape[1] - rim, rim : own.shape[2] - rim])
    return torch.where(masks > 0, torch.stack(copies).to(detail), detail)


def _square(number: int, columns: int, cell: int, side: int) -> tuple[slice, slice, slice]:
    top, left = number // columns * cell, number % columns * cell
    return slice(None), slice(top, top + side), slice(left, left + side)


def _fading(side: int, ramp: int) -> Tensor:
    """Return weights (1, side, side), 1 inside, falling over `ramp` pixels towards the edges."""
    distance = torch.arange(side) + 0.5
    weights = torch.minimum(distance, distance.flip(0)).div(max(1, ramp)).clamp(max=1)
    return (weights[:, None] * weights)[None]
