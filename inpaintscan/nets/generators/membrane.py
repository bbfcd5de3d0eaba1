"""A smooth surface through a hole's rim, and grain to make texture of."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_CONFIDENT_SHARE = 0.25
"""Share of known pixels in a cell from which its own mean counts fully."""

_GRAIN = 0.1


@torch.no_grad()
def membrane(images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
    """Return the images with each hole bridged smoothly, (B, 3, H, W), known pixels unchanged.

    Pull-push (Gortler et al. 1996): means of the known pixels on ever coarser grids, then back up,
    each cell taking from above what it does not know itself. `masks_b1hw` is 1 in the hole. A frame
    without a known pixel comes back as zeros.
    """
    known = (1 - masks_b1hw).to(images_bchw.dtype)
    levels = [(images_bchw * known, known)]
    while min(levels[-1][1].shape[-2:]) > 1:
        total, share = levels[-1]
        levels.append((_halve(total), _halve(share)))
    total, share = levels.pop()
    surface = total.sum(dim=(2, 3), keepdim=True) / share.sum(dim=(2, 3), keepdim=True).clamp(
        min=1e-6
    )
    surface = surface.expand_as(total)
    while levels:
        total, share = levels.pop()
        above = functional.interpolate(surface, size=share.shape[-2:], mode="bilinear")
        trust = (share / _CONFIDENT_SHARE).clamp(max=1)
        surface = trust * total / share.clamp(min=1e-6) + (1 - trust) * above
    return surface


def add_grain(pictures_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
    """Return pictures, in [-1, 1], with white noise in the hole: the same noise at each call.

    Out of it a network makes the texture that a critic asks for and a smooth surface cannot become.
    """
    generator = torch.Generator().manual_seed(0)
    white = torch.randn(1, 3, *pictures_bchw.shape[-2:], generator=generator)
    return pictures_bchw + _GRAIN * white.to(pictures_bchw) * masks_b1hw


def _halve(grid: Tensor) -> Tensor:
    return functional.avg_pool2d(grid, 2, ceil_mode=True, count_include_pad=False)
