"""LiteFpn: what a picture shows, read by ImageNet features at native scale."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.detectors.lite import EfficientNetLite0, centre
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.scannet import (
    TOP_SHARES,
    Context,
    ConvNorm,
    ResidualBlock,
    double,
    pool_for_scores,
)
from inpaintscan.nets.folding import fold_norms

_QUARTER, _EIGHTH, _SIXTEENTH = 24, 40, 112
"""Channels of EfficientNet-Lite0 at those scales."""
_HINT_SCALE = 4.0


class LiteFpn(nn.Module):
    """EfficientNet-Lite0 down to 1/16, and a pyramid back to 1/4 (after Lin et al. 2017).

    Sees what survives a JPEG and a resize: edges of a pasted thing, texture that does not belong,
    the blur and the repeats of a fill. It starts from ImageNet weights, which networks that read
    residuals alone do not have.

    It is told what another look found: `hints`, map logits of the same tile at 1/4. They join the
    deepest features, where the whole tile is weighed (`Context`), and the finest.

    Takes (B, 3, H, W) float RGB in [0, 1], sides multiples of 32. The arguments stand in the card.
    """

    def __init__(self, width: int = 64, hints: int = 2) -> None:
        super().__init__()
        backbone = EfficientNetLite0()
        blocks = list(backbone.blocks)
        self.stem = backbone.stem
        self.stage_half = nn.Sequential(*blocks[:1])
        self.stage_quarter = nn.Sequential(*blocks[1:3])
        self.stage_eighth = nn.Sequential(*blocks[3:5])
        self.stage_deep = nn.Sequential(*blocks[5:11])
        self.context = nn.Sequential(
            ConvNorm(_SIXTEENTH + hints, width, kernel=1),
            Context(width),
            ResidualBlock(width, dilation=2),
            Context(width),
            ResidualBlock(width, dilation=4),
        )
        self.lateral_eighth = nn.Conv2d(_EIGHTH, width, 1)
        self.lateral_quarter = nn.Conv2d(_QUARTER, width // 2, 1)
        self.narrow = nn.Conv2d(width, width // 2, 1)
        self.fuse_eighth = ConvNorm(width, width)
        self.fuse_quarter = ConvNorm(width // 2, width // 2)
        self.join = ConvNorm(width // 2 + hints, width // 2)
        self.mask_head = nn.Conv2d(width // 2, 1, 1)
        pooled = 2 * (width + width // 2) + len(TOP_SHARES)
        self.score_head = nn.Sequential(nn.Linear(pooled, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, tiles_bchw: Tensor, hints: Tensor) -> Prediction:
        """Return map logits (B, 1, H/4, W/4) and score logits (B, 2): inpainted, generated.

        `hints` are the other look's map logits, (B, hints, H/4, W/4).
        """
        told = (hints / _HINT_SCALE).tanh()
        quarter = self.stage_quarter(self.stage_half(self.stem(centre(tiles_bchw))))
        eighth = self.stage_eighth(quarter)
        deep = self.context(
            torch.cat([self.stage_deep(eighth), functional.avg_pool2d(told, 4)], dim=1)
        )
        fused = self.fuse_eighth(self.lateral_eighth(eighth) + double(deep))
        fused = self.fuse_quarter(self.lateral_quarter(quarter) + double(self.narrow(fused)))
        decoded = self.join(torch.cat([fused, told], dim=1))
        map_logits = self.mask_head(decoded)
        pooled = pool_for_scores(deep, decoded, map_logits)
        return Prediction(map_logits=map_logits, score_logits=self.score_head(pooled))

    def fuse(self) -> LiteFpn:
        """Fold the batch norms into their convolutions, in place; for inference only."""
        fold_norms(self)
        return self
