"""Gated-convolution inpainting: a coarse and a refining network (DeepFillv2, Yu et al. 2019).

Left out of the original: contextual attention, which costs more than the rest together on a CPU and
matters for photo-realism at 512 px, less for the traces a detector learns from. Added: both
networks draw what the membrane over the hole lacks, so colours are right from the first step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.initial import keep_scale, start_small
from inpaintscan.nets.membrane import add_grain, membrane

_GAIN = 2.5
"""What elu and a gate that is half open leave of a signal, made good."""


class GatedConv(nn.Module):
    """A convolution whose output is gated by a second one: elu(features) * sigmoid(gate).

    `grow` doubles height and width first (nearest), as the original's deconvolution.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1, kernel: int = 3,
        grow: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        padding = dilation * (kernel // 2)
        self.convolution = nn.Conv2d(inputs, 2 * outputs, kernel, stride, padding, dilation)
        self.grow = grow

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, outputs, h, w)."""
        if self.grow:
            features = functional.interpolate(features, scale_factor=2, mode="nearest")
        content, gate = torch.chunk(self.convolution(features), 2, dim=1)
        return functional.elu(content) * gate.sigmoid()


def _stage(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        GatedConv(inputs, width, kernel=5),
        GatedConv(width, 2 * width, stride=2),
        GatedConv(2 * width, 4 * width, stride=2),
        GatedConv(4 * width, 4 * width),
        *(GatedConv(4 * width, 4 * width, dilation=dilation) for dilation in (2, 4, 8, 16)),
        GatedConv(4 * width, 4 * width),
        GatedConv(4 * width, 2 * width, grow=True),
        GatedConv(2 * width, width, grow=True),
        nn.Conv2d(width, 3, 3, padding=1),
    )


class GatedInpainter(nn.Module):
    """Fills holes in two passes, both at full size.

    Takes images (B, 3, H, W) RGB in [0, 1] and masks (B, 1, H, W), 1 = hole; sides multiples of 4.
    Returns the raw output for the whole frame; what is outside the hole is for the caller to keep.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.coarse = _stage(4, width)
        self.refine = _stage(4, width)
        keep_scale(self, _GAIN)
        for stage in (self.coarse, self.refine):
            start_small(stage[-1])

    def both(self, images_bchw: Tensor, masks_b1hw: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coarse and the refined output, not clamped, for the losses."""
        surface = membrane(images_bchw * 2 - 1, masks_b1hw)
        coarse = surface + self.coarse(torch.cat([surface, masks_b1hw], dim=1))
        pasted = torch.where(masks_b1hw > 0, coarse, surface)
        seen = torch.cat([add_grain(pasted, masks_b1hw), masks_b1hw], dim=1)
        refined = pasted + self.refine(seen)
        return coarse / 2 + 0.5, refined / 2 + 0.5

    def forward(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
        """Return the refined output in [0, 1]."""
        return self.both(images_bchw, masks_b1hw)[1].clamp(0, 1)
