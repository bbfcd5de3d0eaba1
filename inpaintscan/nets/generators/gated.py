"""Gated-convolution inpainting: a coarse and a refining network (DeepFillv2, Yu et al. 2019).

The original's refining network has a branch that copies by attention among learnt features; here
detail is copied by `copy_detail`, before it, and it joins what was drawn and what was copied.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.nets.generators.initial import keep_scale, start_small
from inpaintscan.nets.generators.membrane import add_grain

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


def _stage(inputs: int, width: int, dilations: tuple[int, ...]) -> nn.Sequential:
    return nn.Sequential(
        GatedConv(inputs, width, kernel=5),
        GatedConv(width, 2 * width, stride=2),
        GatedConv(2 * width, 4 * width, stride=2),
        GatedConv(4 * width, 4 * width),
        *(GatedConv(4 * width, 4 * width, dilation=dilation) for dilation in dilations),
        GatedConv(4 * width, 4 * width),
        GatedConv(4 * width, 2 * width, grow=True),
        GatedConv(2 * width, width, grow=True),
        nn.Conv2d(width, 3, 3, padding=1),
    )


class GatedInpainter(CoarseInpainter):
    """Fills holes in two passes: a coarse one, and a refining one at full size."""

    critic_levels = (3, 4)
    redraws = True

    def __init__(
        self, width: int = 32, refine_width: int = 8, shrink: int = 4, exemplar: bool | None = None
    ) -> None:
        super().__init__(shrink, exemplar)
        self.coarse = _stage(4, width, (2, 4, 8))
        self.refine = _stage(7, refine_width, (2, 4, 8, 16))
        keep_scale(self, _GAIN)
        for stage in (self.coarse, self.refine):
            start_small(stage[-1], 0.02)

    def draw(self, small: Tensor, hole: Tensor) -> Tensor:
        """Return what the coarse network adds to the guess."""
        drawn: Tensor = self.coarse(torch.cat([add_grain(small, hole), hole], dim=1))
        return drawn

    def passes(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Iterator[Tensor]:
        """Give the coarse output, then the refined one, not clamped, for the losses."""
        holed = self.look(images_bchw, masks_b1hw)
        coarse = holed.small + self.draw(holed.small, holed.hole)
        yield coarse / 2 + 0.5
        smooth, pasted = holed.finish(coarse.detach())
        refined = pasted + self.refine(torch.cat([pasted, smooth, masks_b1hw], dim=1))
        yield refined / 2 + 0.5

    def forward(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
        """Return the refined frame in [0, 1]."""
        *_, refined = self.passes(images_bchw, masks_b1hw)
        return refined.clamp(0, 1)
