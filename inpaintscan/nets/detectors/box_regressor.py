"""Detect and localise with five numbers: a logit and a box (Sideras 2023)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaintscan.nets.detectors.backbone import Backbone
from inpaintscan.nets.detectors.prediction import Prediction


class BoxRegressor(nn.Module):
    """A backbone and a linear head of five outputs: is it inpainted, and in which rectangle?

    The four box outputs pass a sigmoid and are sorted into corners, so every answer is a box within
    the image. `residual` is the backbone's. It starts at the middle half of the image.
    """

    def __init__(
        self,
        arch: str,
        size: int = 224,
        pretrained: str | None = None,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.backbone = Backbone(arch, size, pretrained, residual)
        self.head = nn.Linear(self.backbone.features, 5)
        with torch.no_grad():
            self.head.weight[1:] *= 0.1
            self.head.bias.copy_(torch.tensor([0.0, -1.1, -1.1, 1.1, 1.1]))

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return score logits (B, 1) and boxes (B, 4) in [0, 1] of RGB tiles in [0, 1]."""
        outputs = self.head(self.backbone(tiles_bchw))
        first, second = outputs[:, 1:].sigmoid().chunk(2, dim=1)
        boxes = torch.cat([torch.minimum(first, second), torch.maximum(first, second)], dim=1)
        return Prediction(score_logits=outputs[:, :1], boxes_xyxy=boxes)
