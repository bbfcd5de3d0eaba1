"""ScanNet: the default network. One pass gives the map and both image scores."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.residual import ResidualInput
from inpaintscan.nets.folding import fold_norms

TOP_SHARES = (0.002, 0.01, 0.05, 0.2)


class ConvNorm(nn.Sequential):
    """3x3 (or 1x1) convolution, batch norm (fixed at inference, so no image sees another), ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip; the second may be dilated to see farther."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return functional.relu(features + self.second(self.first(features)), inplace=True)


class Context(nn.Module):
    """Tells every place what the whole tile is like.

    A fill differs from *its own* surroundings: the same smooth patch is suspect in a noisy photo
    and ordinary in a clean one. Channel means and deviations over the tile are mapped to a shift
    and a gate a channel.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.shift_gate = nn.Sequential(
            nn.Linear(2 * width, width), nn.ReLU(inplace=True), nn.Linear(width, 2 * width)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape, (B, C, h, w)."""
        shift, gate = torch.chunk(self.shift_gate(mean_and_deviation(features)), 2, dim=1)
        return features * (1 + gate.tanh())[:, :, None, None] + shift[:, :, None, None]


def mean_and_deviation(features: Tensor) -> Tensor:
    """Return (B, 2C): mean and standard deviation of each channel over the tile."""
    wide = features.float()
    mean = wide.mean(dim=(2, 3))
    deviation = (wide.square().mean(dim=(2, 3)) - mean.square()).clamp(min=0).add(1e-6).sqrt()
    return torch.cat([mean, deviation], dim=1).to(features.dtype)


def top_shares(map_logits: Tensor) -> Tensor:
    """Return (B, 4): mean logit of the top 0.2, 1, 5 and 20 % of the map's cells.

    One hot cell is noise, a hot patch is a finding; the head learns what share counts.
    """
    ranked = map_logits.flatten(1).float().sort(dim=1, descending=True).values
    count = ranked.shape[1]
    return torch.stack(
        [ranked[:, : max(1, round(share * count))].mean(dim=1) for share in TOP_SHARES], dim=1
    )


def pool_for_scores(deep: Tensor, decoded: Tensor, map_logits: Tensor) -> Tensor:
    """Return (B, 2 * (deep + decoded channels) + 4): what a tile's scores are judged by.

    The map's top shares are looked at, not trained: the map has a target of its own.
    """
    shares = top_shares(map_logits.detach()).to(deep.dtype)
    return torch.cat([mean_and_deviation(deep), mean_and_deviation(decoded), shares], dim=1)


class ScanNet(nn.Module):
    """Compact, fully convolutional, trained from scratch.

    - `residuals`: RGB beside nine fixed (SRM) and four learnt (Bayar) residual maps, at full
      resolution: traces live in single pixels.
    - `stage_half` to `stage_deep`: 1/2, 1/4, 1/8, 1/16; the deepest dilated and with `Context`.
    - `decode`: adds the coarse scales back to 1/4; `mask_head` gives the map there.
    - `score_head`: deep features pooled over the tile and the top shares of the map.

    0.71 M parameters, 26 kFLOP a pixel. Measured over 400 steps from scratch (`weights/README.md`):
    without the SRM residuals pixel F1 falls from 0.30 to 0.23 and image AUC from 0.65 to 0.61.
    Without the Bayar residuals (0.30, 0.68) or `Context` (0.28, 0.69) there is no difference beyond
    noise; a long run has yet to judge them.

    Takes (B, 3, H, W) float RGB in [0, 1], sides multiples of 32. The arguments stand in the card.
    """

    def __init__(
        self,
        widths: tuple[int, int, int, int] = (24, 48, 64, 96),
        decoder_width: int = 32,
        srm: bool = True,
        learnt: int = 4,
        context: bool = True,
    ) -> None:
        super().__init__()
        half, quarter, eighth, deep = widths
        self.residuals = ResidualInput(learnt=learnt, srm=srm)
        self.stage_half = nn.Sequential(
            ConvNorm(self.residuals.maps, half, stride=2), ResidualBlock(half)
        )
        self.stage_quarter = nn.Sequential(
            ConvNorm(half, quarter, stride=2), ResidualBlock(quarter)
        )
        self.stage_eighth = nn.Sequential(
            ConvNorm(quarter, eighth, stride=2), ResidualBlock(eighth), ResidualBlock(eighth)
        )
        self.stage_deep = nn.Sequential(
            ConvNorm(eighth, deep, stride=2),
            ResidualBlock(deep, dilation=2),
            Context(deep) if context else nn.Identity(),
            ResidualBlock(deep, dilation=4),
        )
        self.laterals = nn.ModuleList(
            nn.Conv2d(width, decoder_width, 1) for width in (quarter, eighth, deep)
        )
        self.fuse_eighth = ConvNorm(decoder_width, decoder_width)
        self.fuse_quarter = ConvNorm(decoder_width, decoder_width)
        self.mask_head = nn.Conv2d(decoder_width, 1, 1)
        pooled = 2 * (deep + decoder_width) + len(TOP_SHARES)
        self.score_head = nn.Sequential(nn.Linear(pooled, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return map logits (B, 1, H/4, W/4) and score logits (B, 2): inpainted, generated."""
        quarter, eighth, deep = self.encode(tiles_bchw)
        decoded = self.decode(quarter, eighth, deep)
        map_logits = self.mask_head(decoded)
        pooled = pool_for_scores(deep, decoded, map_logits)
        return Prediction(map_logits=map_logits, score_logits=self.score_head(pooled))

    def encode(self, tiles_bchw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features at 1/4, 1/8 and 1/16."""
        quarter = self.stage_quarter(self.stage_half(self.residuals(tiles_bchw)))
        eighth = self.stage_eighth(quarter)
        return quarter, eighth, self.stage_deep(eighth)

    def decode(self, quarter: Tensor, eighth: Tensor, deep: Tensor) -> Tensor:
        """Return features at 1/4 that know the coarser scales."""
        at_quarter, at_eighth, at_deep = (
            lateral(features)
            for lateral, features in zip(self.laterals, (quarter, eighth, deep), strict=True)
        )
        fused = self.fuse_eighth(at_eighth + double(at_deep))
        decoded: Tensor = self.fuse_quarter(at_quarter + double(fused))
        return decoded

    def fuse(self) -> ScanNet:
        """Fold the batch norms into their convolutions, in place; for inference only."""
        fold_norms(self)
        return self


def double(features: Tensor) -> Tensor:
    """Return features at twice the size."""
    return functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
