"""An image-level detector: any backbone with one logit per class."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from inpaintscan.nets.detectors.backbone import Backbone
from inpaintscan.nets.detectors.prediction import Prediction


class Classifier(nn.Module):
    """A backbone and a linear head.

    `head`: `sigmoid` gives each class one output, to be trained by binary cross entropy. `softmax`
    gives each class two, against and for; their difference is the logit, so that binary cross
    entropy on it is cross entropy over the two. `residual` is the backbone's.
    """

    def __init__(
        self,
        arch: str,
        size: int = 224,
        classes: int = 1,
        head: Literal["sigmoid", "softmax"] = "sigmoid",
        pretrained: str | None = None,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.backbone = Backbone(arch, size, pretrained, residual)
        self.paired = head == "softmax"
        self.head = nn.Linear(self.backbone.features, classes * (2 if self.paired else 1))

    def forward(self, tiles_bchw: Tensor) -> Prediction:
        """Return score logits (B, classes) of RGB tiles in [0, 1]."""
        outputs = self.head(self.backbone(tiles_bchw))
        if self.paired:
            against, in_favour = outputs.chunk(2, dim=1)
            outputs = in_favour - against
        return Prediction(score_logits=outputs)
