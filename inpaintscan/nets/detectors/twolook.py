"""TwoLook: the default network. Single pixels and the whole picture, judged together."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from inpaintscan.nets.detectors.lite import FEATURES, EfficientNetLite0
from inpaintscan.nets.detectors.lite_fpn import LiteFpn
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.tracenet import TraceNet

CLASSES = 2
VIEW_CLASSES = 2
"""What the whole look tells: generated, and an asset (chart, screenshot, logo), no photo."""


class TwoLook(nn.Module):
    """Native looks at every tile, one look at the whole picture, and a judge over all.

    - `traces` (`TraceNet`) and `content` (`LiteFpn`) look at tiles at native resolution. The first
      reads histories in single pixels (other grids, other noise), the second what the picture
      shows there, and what the first found. Its map, moved by `bias`, is the one that is shown;
      once an image is whole, `shift` moves it again.
    - `whole` is EfficientNet-Lite0 on the picture reduced to a square, which knows what a
      screenshot, a messenger or strong compression leaves, and on a few squares of its own pixels.
      It feeds the scores, never the map.
    - `judge` turns the image's measures (`scan/measures.py`) into the two image scores. It is
      trained last, on whole images as they are scanned.
    """

    measure_mean: Tensor
    measure_scale: Tensor
    bias: Tensor
    shift_line: Tensor

    def __init__(
        self,
        measures: int,
        hidden: int = 24,
        traces: dict[str, Any] | None = None,
        content: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.traces = TraceNet(**(traces or {}))
        self.content = LiteFpn(**(content or {}))
        self.whole = EfficientNetLite0()
        self.whole_head = nn.Linear(FEATURES, VIEW_CLASSES)
        self.judge_layers = nn.Sequential(
            nn.Linear(measures, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)
        )
        self.judge_skip = nn.Linear(measures, CLASSES)
        self.register_buffer("measure_mean", torch.zeros(measures))
        self.register_buffer("measure_scale", torch.ones(measures))
        self.register_buffer("bias", torch.zeros(()))
        self.register_buffer("shift_line", torch.zeros(3))

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return logits of tiles: maps (B, 4, H/4, W/4), scores (B, 2) and more scores (B, 2).

        The maps are the one that is shown, the two of `traces` and that of `content`; in training
        what was replaced, the mean of both looks so that both learn, and `synthetic`.
        """
        traces: Prediction = self.traces(tiles_bchw)
        assert traces.map_logits is not None
        content: Prediction = self.content(tiles_bchw, traces.map_logits)
        assert content.map_logits is not None
        if self.training:
            replaced = (traces.map_logits[:, :1] + content.map_logits) / 2
            maps = [replaced + self.bias, traces.map_logits[:, 1:]]
        else:
            maps = [content.map_logits + self.bias, traces.map_logits, content.map_logits]
        return Prediction(
            map_logits=torch.cat(maps, dim=1),
            score_logits=traces.score_logits,
            more_scores=content.score_logits,
        )

    def look(self, views_bchw: Tensor) -> Tensor:
        """Return logits (B, 2) of whole pictures, or of squares of them: generated, asset."""
        logits: Tensor = self.whole_head(self.whole(views_bchw))
        return logits

    def judge(self, measures: Tensor) -> Tensor:
        """Return image logits (B, 2), inpainted and generated, of measures (B, measures)."""
        centred = (measures - self.measure_mean) / self.measure_scale
        centred = centred.clamp(-4, 4)
        logits: Tensor = self.judge_skip(centred) + self.judge_layers(centred)
        return logits

    def shift(self, top: float) -> float:
        """Return by how much an image's map is to be moved, in logits.

        `top` is the logit of the mean of the highest hundredth of its map by `content`. What stands
        out is cut tighter and what is faint wider: max(slope x top + offset, floor), downwards.
        """
        slope, offset, floor = self.shift_line.tolist()
        limit: float = max(slope * top + offset, floor)
        return -limit

    def keep_whole_look(self) -> None:
        """Leave the whole look and the judge as they are: crops train the native looks alone."""
        for part in (self.whole, self.whole_head, self.judge_layers, self.judge_skip):
            part.requires_grad_(False)
        self.content.score_head.requires_grad_(False)

    def fuse(self) -> TwoLook:
        """Fold the batch norms into their convolutions, in place; for inference only."""
        self.traces.fuse()
        self.content.fuse()
        self.whole.fuse()
        return self
