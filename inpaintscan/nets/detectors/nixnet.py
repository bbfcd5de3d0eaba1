"""NIX-Net: image and noise streams that exchange what they see at every scale (Li et al. 2021).

The paper ("Noise Doesn't Lie", IJCAI 2021) gives the plan: a noise stream behind SRM filters beside
an image stream, multi-scale cross fusion of the two, a mask head, focal loss. It leaves widths,
depths and norms open. Our choice: residual stages of two blocks at strides 2, 4, 8 and 16; in the
fusion every scale of either stream hears every scale of both, as the exchange units of HRNet
do within one stream; group norms, so that a batch of one and several processes train alike.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.residual import srm_weight

PRESETS: dict[str, tuple[tuple[int, int, int, int], int]] = {
    "tiny": ((16, 24, 32, 48), 16),
    "40m": ((72, 144, 288, 640), 224),
    "60m": ((88, 176, 360, 768), 288),
}
"""Widths of the stages, and of the fused maps, by name."""


def _norm(width: int) -> nn.Module:
    return nn.GroupNorm(8, width)


class _Block(nn.Module):
    """A residual block, the first convolution strided where the stage begins."""

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False),
            _norm(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            _norm(width),
        )
        same = before == width and stride == 1
        self.skip = (
            nn.Identity() if same else nn.Conv2d(before, width, 1, stride=stride, bias=False)
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(self.skip(features) + self.body(features))


class _Stream(nn.Module):
    """Four stages at strides 2, 4, 8 and 16."""

    def __init__(self, channels: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        for before, width in zip((channels, *widths), widths, strict=False):
            self.stages.append(nn.Sequential(_Block(before, width, stride=2), _Block(width, width)))

    def forward(self, maps: Tensor) -> list[Tensor]:
        scales = []
        for stage in self.stages:
            maps = stage(maps)
            scales.append(maps)
        return scales


class CrossFusion(nn.Module):
    """Every scale of either stream becomes a sum over all scales of both streams."""

    def __init__(self, widths: tuple[int, int, int, int], fused: int) -> None:
        super().__init__()
        self.inputs = nn.ModuleList(nn.Conv2d(width, fused, 1) for width in (*widths, *widths))
        self.mixes = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(fused, fused, 1, bias=False) for _ in range(2 * len(widths)))
            for _ in widths
        )
        self.outputs = nn.ModuleList(_Block(fused, fused) for _ in widths)

    def forward(self, image: list[Tensor], noise: list[Tensor]) -> list[Tensor]:
        """Return one fused map a scale, (B, fused, H / s, W / s) for s in 2, 4, 8, 16."""
        projected = [layer(maps) for layer, maps in zip(self.inputs, [*image, *noise], strict=True)]
        fused = []
        for scale, (mixes, output) in enumerate(zip(self.mixes, self.outputs, strict=True)):
            assert isinstance(mixes, nn.ModuleList)
            target = image[scale].shape[-2:]
            parts = [
                _resample(mix(maps), target) for mix, maps in zip(mixes, projected, strict=True)
            ]
            fused.append(output(torch.stack(parts).sum(dim=0)))
        return fused


def _resample(maps: Tensor, size_hw: torch.Size) -> Tensor:
    if maps.shape[-2:] == size_hw:
        return maps
    if maps.shape[-1] > size_hw[1]:
        return functional.adaptive_avg_pool2d(maps, (size_hw[0], size_hw[1]))
    return functional.interpolate(maps, size=size_hw, mode="bilinear", align_corners=False)


class NixNet(nn.Module):
    """Takes (B, 3, H, W) RGB in [0, 1], sides multiples of 16; gives a map of stride 4.

    `preset` is `40m`, `60m` (parameters, in millions) or `tiny` (for a CPU).
    """

    srm: Tensor

    def __init__(self, preset: Literal["tiny", "40m", "60m"] = "40m") -> None:
        super().__init__()
        widths, fused = PRESETS[preset]
        self.register_buffer("srm", srm_weight(), persistent=False)
        self.image_stream = _Stream(3, widths)
        self.noise_stream = _Stream(9, widths)
        self.cross_fusion = CrossFusion(widths, fused)
        self.mask_head = nn.Sequential(
            nn.Conv2d(4 * fused, fused, 3, padding=1, bias=False),
            _norm(fused),
            nn.ReLU(),
            nn.Conv2d(fused, 1, 1),
        )

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return map logits (B, 1, H / 4, W / 4)."""
        image = self.image_stream(2 * tiles_bchw - 1)
        noise = self.noise_stream(self.noise(tiles_bchw))
        fused = self.cross_fusion(image, noise)
        quarter = fused[1].shape[-2:]
        together = torch.cat([_resample(maps, quarter) for maps in fused], dim=1)
        return Prediction(map_logits=self.mask_head(together))

    def noise(self, tiles_bchw: Tensor) -> Tensor:
        """Return SRM residuals (B, 9, H, W), truncated at 4 grey levels, in [-1, 1]."""
        with torch.autocast(tiles_bchw.device.type, enabled=False):
            residuals = functional.conv2d(tiles_bchw.float(), self.srm * (255 / 4), padding=2)
        return residuals.clamp(-1, 1)
