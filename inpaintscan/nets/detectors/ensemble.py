"""Several networks and a small classifier over their scores, as one network in one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets import NETWORKS
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.stackers import build_stacker

TOP_SHARE = 0.01
"""Share of a map's cells whose mean logit is the score of a member without a score head."""


class Member(nn.Module):
    """One network, fed as its own card says, and the scores it contributes.

    `arch`, `arch_args`, `classes` and `input` are those of its card; `lines` its calibration, a
    (scale, bias) a class.
    """

    lines: Tensor

    def __init__(
        self,
        arch: str,
        arch_args: dict[str, Any],
        classes: Sequence[str],
        input: dict[str, Any],
        lines: Sequence[tuple[float, float]],
    ) -> None:
        super().__init__()
        self.network = NETWORKS[arch](**arch_args)
        self.side = int(input["size"]) if input["fit"] == "resize" else None
        self.register_buffer("lines", torch.tensor(lines), persistent=False)

    def forward(self, tiles_bchw: Tensor) -> tuple[Tensor, Prediction]:
        """Return calibrated logits (B, classes) and the network's own answer."""
        if self.side is not None and tiles_bchw.shape[-2:] != (self.side, self.side):
            tiles_bchw = functional.interpolate(
                tiles_bchw, size=(self.side, self.side), mode="bilinear", antialias=True
            )
        prediction: Prediction = self.network(tiles_bchw)
        logits = prediction.score_logits
        if logits is None:
            assert prediction.map_logits is not None
            cells = prediction.map_logits.flatten(1)
            count = max(1, round(TOP_SHARE * cells.shape[1]))
            logits = cells.topk(count, dim=1).values.mean(dim=1, keepdim=True)
        return logits.float() * self.lines[:, 0] + self.lines[:, 1], prediction


class Ensemble(nn.Module):
    """Takes (B, 3, H, W) RGB in [0, 1]; gives score logits, and the mean of its members' maps.

    Args:
        members: the arguments of each `Member`.
        stackers: for each class of the card, the arguments of its stacker.
        stride: pixels a cell of the map.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, members: Sequence[dict[str, Any]], stackers: Sequence[dict[str, Any]], stride: int = 4
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(Member(**member) for member in members)
        features = sum(len(member["classes"]) for member in members)
        self.stackers = nn.ModuleList(build_stacker(features, **sizes) for sizes in stackers)
        self.stride = stride
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return score logits (B, classes), and a map where members have one, else a mean box."""
        features, predictions = self.look(tiles_bchw)
        scores = torch.stack([stacker(features) for stacker in self.stackers], dim=1)
        maps = [p.map_logits for p in predictions if p.map_logits is not None]
        boxes = [p.boxes_xyxy for p in predictions if p.boxes_xyxy is not None]
        return Prediction(
            map_logits=self._mean_map(maps, tiles_bchw) if maps else None,
            score_logits=scores,
            boxes_xyxy=torch.stack(boxes).mean(dim=0) if boxes and not maps else None,
        )

    def look(self, tiles_bchw: Tensor) -> tuple[Tensor, list[Prediction]]:
        """Return standardised features (B, features), and each member's own answer."""
        answers = [member(tiles_bchw) for member in self.members]
        logits = torch.cat([logits for logits, _ in answers], dim=1)
        return (logits - self.mean) / self.deviation, [prediction for _, prediction in answers]

    def _mean_map(self, maps: list[Tensor], tiles_bchw: Tensor) -> Tensor:
        size = [side // self.stride for side in tiles_bchw.shape[-2:]]
        chances = [
            functional.interpolate(
                logits.float().sigmoid(), size=size, mode="bilinear", align_corners=False
            )
            for logits in maps
        ]
        return torch.logit(torch.stack(chances).mean(dim=0), eps=1e-6)
