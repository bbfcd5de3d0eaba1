"""Partial-convolution inpainting: a U-Net that knows what it has seen (Liu et al. 2018)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.nets.generators.initial import keep_scale, start_small


class PartialConv(nn.Module):
    """A convolution over the known pixels of each window only.

    The sum over known pixels is scaled up by window size / known pixels (equation 1 of the paper);
    a window with any known pixel becomes known (equation 2). Takes features (B, C, H, W) and
    `known` (B, 1, H, W), 1 = known; returns both at the output's size.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.kernel, self.stride = kernel, stride

    def forward(self, features: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (B, outputs, h, w) and the updated known map (B, 1, h, w)."""
        share = functional.avg_pool2d(known, self.kernel, self.stride, self.kernel // 2)
        covered = (share > 0).to(features.dtype)
        summed = self.convolution(features * known)
        scaled = summed / share.clamp(min=1e-6) + self.bias[None, :, None, None]
        return scaled * covered, covered


class PartialInpainter(CoarseInpainter):
    """A U-Net of partial convolutions, four levels down and up, skips at every level.

    Draws what the first guess lacks, which the last layer alone sees, in place of the photo with
    its hole. The paper has seven or eight levels, up to 512 channels, and batch norm.
    """

    def __init__(self, width: int = 48, shrink: int = 4, exemplar: bool | None = None) -> None:
        super().__init__(shrink, exemplar)
        widths = [width, 2 * width, 4 * width, 4 * width]
        self.down = nn.ModuleList(
            PartialConv(narrow, wide, kernel=7 if narrow == 3 else 3, stride=2)
            for narrow, wide in pairwise([3, *widths])
        )
        skips = [3, *widths[:-1]]
        outputs = [width, *widths[:-1]]
        deeper = [*outputs[1:], widths[-1]]
        self.up = nn.ModuleList(
            PartialConv(deep + skip, output)
            for deep, skip, output in zip(deeper, skips, outputs, strict=True)
        )
        self.to_rgb = nn.Conv2d(width, 3, 3, padding=1)
        keep_scale(self)
        start_small(self.to_rgb, 0.02)

    def draw(self, small: Tensor, hole: Tensor) -> Tensor:
        """Return what the network adds to the guess."""
        known = 1 - hole
        skips = [(small * known, known)]
        for layer in self.down:
            features, seen = layer(*skips[-1])
            skips.append((functional.relu(features), seen))
        features, seen = skips.pop()
        skips[0] = (small, torch.ones_like(known))
        for layer in reversed(self.up):
            skip, skip_seen = skips.pop()
            features = functional.interpolate(features, scale_factor=2, mode="nearest")
            seen = functional.interpolate(seen, scale_factor=2, mode="nearest")
            joined = torch.cat([features * seen, skip * skip_seen], dim=1)
            features, seen = layer(joined, torch.maximum(seen, skip_seen))
            features = functional.leaky_relu(features, 0.2)
        drawn: Tensor = self.to_rgb(features)
        return drawn
