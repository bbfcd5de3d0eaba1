"""Partial-convolution inpainting: a U-Net that knows what it has seen (Liu et al. 2018)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.initial import keep_scale, start_small
from inpaintscan.nets.membrane import membrane


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


class PartialInpainter(nn.Module):
    """A U-Net of partial convolutions, four levels down and up, skips at every level.

    Draws what the membrane over the hole lacks; the membrane itself it does not see.

    Takes images (B, 3, H, W) RGB in [0, 1] and masks (B, 1, H, W), 1 = hole; sides multiples of 16.
    Returns the raw output for the whole frame in [0, 1]. Widths are half of the paper's and there
    is no batch norm: two-core machines train it.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
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
        start_small(self.to_rgb)

    def forward(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
        """Return the output in [0, 1]; not clamped while training."""
        known = 1 - masks_b1hw
        skips = [((images_bchw * 2 - 1) * known, known)]
        for layer in self.down:
            features, seen = layer(*skips[-1])
            skips.append((functional.relu(features), seen))
        features, seen = skips.pop()
        for layer in reversed(self.up):
            skip, skip_seen = skips.pop()
            features = functional.interpolate(features, scale_factor=2, mode="nearest")
            seen = functional.interpolate(seen, scale_factor=2, mode="nearest")
            joined = torch.cat([features * seen, skip * skip_seen], dim=1)
            features, seen = layer(joined, torch.maximum(seen, skip_seen))
            features = functional.leaky_relu(features, 0.2)
        bridged = membrane(images_bchw * 2 - 1, masks_b1hw)
        output: Tensor = (bridged + self.to_rgb(features)) / 2 + 0.5
        return output if self.training else output.clamp(0, 1)
