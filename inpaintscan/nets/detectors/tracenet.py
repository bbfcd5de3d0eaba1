"""TraceNet: reads histories. One pass gives two maps and both image scores of a tile."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.detectors.lattice import Lattice
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.residual import ResidualInput
from inpaintscan.nets.detectors.scannet import (
    Context,
    ConvNorm,
    ResidualBlock,
    double,
    mean_and_deviation,
)
from inpaintscan.nets.folding import fold_norms

MAPS = ("replaced", "synthetic")
"""What the channels of the map say of a cell: of another history than the rest; out of a generator.
"""
_STRIPE = 64
"""Rows whose median is taken at once."""


class TraceNet(nn.Module):
    """What a camera, a codec and an editor leave in the single pixels of a picture.

    A region that was replaced has another history than the rest: other noise, other demosaicing,
    another JPEG grid, another resampling. The network looks for that and for nothing a picture
    shows.

    - `residuals`, `median`: RGB, fixed (SRM) and learnt (Bayar) residuals and the distance to the
      3x3 median, at full resolution. Strided convolutions of even size keep 2-, 4- and 8-periodic
      traces apart.
    - `lattice`: the 8x8 DCT blocks, joined at 1/8.
    - `stage_half` to `stage_deepest`: 1/2 to 1/32; the deepest two know the whole tile (`Context`).
    - `mask_head` gives two maps at 1/4: `replaced` and `synthetic`.

    Takes (B, 3, H, W) float RGB in [0, 1], sides multiples of 32. The arguments stand in the card.
    """

    def __init__(
        self,
        widths: tuple[int, int, int, int, int] = (24, 48, 96, 160, 192),
        decoder_width: int = 64,
        learnt: int = 3,
        jpeg: bool = True,
    ) -> None:
        super().__init__()
        half, quarter, eighth, deep, deepest = widths
        self.residuals = ResidualInput(learnt=learnt)
        self.lattice = Lattice() if jpeg else None
        maps = self.residuals.maps + 1
        self.stage_half = nn.Sequential(ConvDown(maps, half), ConvNorm(half, half))
        self.stage_quarter = nn.Sequential(ConvDown(half, quarter), ResidualBlock(quarter))
        self.stage_eighth = nn.Sequential(
            ConvNorm(quarter, eighth, stride=2), ResidualBlock(eighth)
        )
        self.join = nn.Sequential(
            ConvNorm(eighth + (Lattice.maps if jpeg else 0), eighth, kernel=1),
            ResidualBlock(eighth),
        )
        self.stage_deep = nn.Sequential(
            ConvNorm(eighth, deep, stride=2),
            ResidualBlock(deep),
            Context(deep),
            ResidualBlock(deep),
        )
        self.stage_deepest = nn.Sequential(
            ConvNorm(deep, deepest, stride=2),
            ResidualBlock(deepest),
            Context(deepest),
            ResidualBlock(deepest, dilation=2),
        )
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, decoder_width, 1) for width in (eighth, deep, deepest)
        )
        self.fuse_deep = ConvNorm(decoder_width, decoder_width)
        self.fuse_eighth = ConvNorm(decoder_width, decoder_width)
        self.fuse_quarter = ConvNorm(decoder_width // 2 + quarter, decoder_width // 2)
        self.narrow = nn.Conv2d(decoder_width, decoder_width // 2, 1)
        self.mask_head = nn.Conv2d(decoder_width // 2, len(MAPS), 1)
        self.score_head = nn.Sequential(
            nn.Linear(2 * deepest + decoder_width, 96), nn.ReLU(), nn.Linear(96, 2)
        )

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return map logits (B, 2, H/4, W/4) and score logits (B, 2): inpainted, generated."""
        quarter, eighth, deep, deepest = self.encode(tiles_bchw)
        at_eighth, at_deep, at_deepest = (
            lateral(features)
            for lateral, features in zip(self.laterals, (eighth, deep, deepest), strict=True)
        )
        fused = self.fuse_deep(at_deep + double(at_deepest))
        fused = self.fuse_eighth(at_eighth + double(fused))
        decoded = self.fuse_quarter(torch.cat([double(self.narrow(fused)), quarter], dim=1))
        pooled = torch.cat([mean_and_deviation(deepest), mean_and_deviation(decoded)], dim=1)
        return Prediction(map_logits=self.mask_head(decoded), score_logits=self.score_head(pooled))

    def encode(self, tiles_bchw: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return features at 1/4, 1/8, 1/16 and 1/32."""
        maps = torch.cat(
            [self.residuals(tiles_bchw), _as_channels_last(median_residual(tiles_bchw))], dim=1
        )
        quarter = self.stage_quarter(self.stage_half(maps))
        eighth = self.stage_eighth(quarter)
        if self.lattice is not None:
            eighth = torch.cat([eighth, self.lattice(tiles_bchw).to(eighth.dtype)], dim=1)
        eighth = self.join(eighth)
        deep = self.stage_deep(eighth)
        return quarter, eighth, deep, self.stage_deepest(deep)

    def fuse(self) -> TraceNet:
        """Fold the batch norms into their convolutions, in place; for inference only."""
        fold_norms(self)
        return self


class ConvDown(nn.Sequential):
    """4x4 convolution of stride 2, batch norm, ReLU: each tap sees one phase of the pixel grid."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


@torch.no_grad()
def median_residual(rgb_bchw: Tensor) -> Tensor:
    """Return luma minus its 3x3 median, (B, 1, H, W) in [-1, 1], truncated at +-4 grey levels."""
    red, green, blue = rgb_bchw.float().unbind(1)
    grey = (0.299 * red + 0.587 * green + 0.114 * blue)[:, None]
    around = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    # A stripe at a time stays in the processor's cache.
    stripes = []
    for top in range(0, grey.shape[2], _STRIPE):
        stripe = grey[:, :, top : top + _STRIPE]
        stripes.append(stripe - _median_3x3(around[:, :, top : top + stripe.shape[2] + 2]))
    residual = torch.cat(stripes, dim=2).mul_(255 / 4).clamp_(-1, 1)
    return residual.to(rgb_bchw.dtype)


def _median_3x3(around: Tensor) -> Tensor:
    """Return (B, 1, h - 2, w - 2): sorts each column, takes the middle of three (Smith 1996)."""
    above, here, below = around[:, :, :-2], around[:, :, 1:-1], around[:, :, 2:]
    least, most = torch.minimum(above, here), torch.maximum(above, here)
    low, high = torch.minimum(least, below), torch.maximum(most, below)
    middle = torch.maximum(least, torch.minimum(most, below))
    left, centre, right = slice(0, -2), slice(1, -1), slice(2, None)
    greatest_low = torch.maximum(torch.maximum(low[..., left], low[..., centre]), low[..., right])
    least_high = torch.minimum(torch.minimum(high[..., left], high[..., centre]), high[..., right])
    median_middle = _median_of_3(middle[..., left], middle[..., centre], middle[..., right])
    return _median_of_3(greatest_low, median_middle, least_high)


def _median_of_3(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return torch.maximum(torch.minimum(a, b), torch.minimum(torch.maximum(a, b), c))


def _as_channels_last(map_b1hw: Tensor) -> Tensor:
    """Return a copy that `torch.cat` takes for channels_last; with one channel, it cannot tell."""
    batch, _, height, width = map_b1hw.shape
    strides = (height * width, 1, width, 1)
    empty = map_b1hw.new_empty_strided((batch, 1, height, width), strides)
    return empty.copy_(map_b1hw)
