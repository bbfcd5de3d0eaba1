"""A loss that asks for texture of the right strength, wherever its lines may run."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_LEVELS = 4
_CELL = 8
_FILTERS = (
    ((0, 0, 0), (-1, 1, 0), (0, 0, 0)),
    ((0, -1, 0), (0, 1, 0), (0, 0, 0)),
    ((-1, 0, 0), (0, 1, 0), (0, 0, 0)),
    ((0, 0, -1), (0, 1, 0), (0, 0, 0)),
    ((0, -0.25, 0), (-0.25, 1, -0.25), (0, -0.25, 0)),
)


def texture_energy(pictures_bchw: Tensor) -> list[Tensor]:
    """Return, a level of a pyramid, the mean strength of edges and dots in cells of 8 x 8."""
    channels = pictures_bchw.shape[1]
    kernel = torch.tensor(_FILTERS, device=pictures_bchw.device)[:, None]
    kernel = kernel.repeat(channels, 1, 1, 1)
    level = pictures_bchw.float()
    energies = []
    for _ in range(_LEVELS):
        if min(level.shape[-2:]) < _CELL:
            break
        padded = functional.pad(level, (1, 1, 1, 1), mode="replicate")
        found = functional.conv2d(padded, kernel, groups=channels).abs()
        energies.append(functional.avg_pool2d(found, _CELL, _CELL // 2))
        level = functional.avg_pool2d(level, 2)
    return energies


def texture_loss(filled: Tensor, images: Tensor, masks_b1hw: Tensor) -> Tensor:
    """Return how far the texture's strength is from the photo's, over the holes' cells.

    The part of a style loss (Gatys et al. 2016; for inpainting Liu et al. 2018) that needs no
    pretrained network: plain L1 is smallest for a blur, this is smallest for a texture as strong
    as what was there, at every scale, wherever its single lines run.
    """
    with torch.no_grad():
        wanted = texture_energy(images)
    losses = []
    cover = masks_b1hw.float()
    for level, (found, target) in enumerate(zip(texture_energy(filled), wanted, strict=True)):
        cells = functional.avg_pool2d(functional.avg_pool2d(cover, 2**level), _CELL, _CELL // 2)
        difference = (found - target).abs().mean(dim=1, keepdim=True)
        inside = (difference * cells).sum(dim=(1, 2, 3)) / cells.sum(dim=(1, 2, 3)).clamp(min=1e-3)
        losses.append(inside.mean())
    return torch.stack(losses).mean()
