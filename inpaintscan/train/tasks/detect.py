"""`train --task detect`: which images, by any classifier."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.stats import rank_auc
from inpaintscan.train.loop.loop import Batch
from inpaintscan.train.losses.heads import score_loss
from inpaintscan.train.settings import ImageSettings

ARCH = "classifier"


def network_arguments(settings: ImageSettings, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments of the network, as they stand in the card."""
    head = "softmax" if settings.loss == "cross-entropy" else "sigmoid"
    size = {"size": settings.size, "classes": len(classes), "head": head}
    residual = {"residual": True} if settings.residual else {}
    return {"arch": settings.arch, **size, **residual, **settings.arch_args}


def loss(prediction: Prediction, batch: Batch, settings: ImageSettings) -> Tensor:
    """Return binary cross entropy (of a softmax pair: cross entropy) or focal loss."""
    assert prediction.score_logits is not None
    if settings.loss == "focal":
        logits = prediction.score_logits.float()
        focal: Tensor = sigmoid_focal_loss(logits, batch["labels"], alpha=-1, gamma=settings.gamma)
        return focal.mean()
    return score_loss(prediction.score_logits, batch["labels"])


def observe(prediction: Prediction, batch: Batch) -> dict[str, Tensor]:
    """Return what the figures need of each image."""
    assert prediction.score_logits is not None
    return {"logits": prediction.score_logits.float(), "labels": batch["labels"]}


def figures(seen: dict[str, Tensor]) -> dict[str, float]:
    """Return the AUC and, at logit 0, accuracy and F1 over all images.

    An image counts as manipulated if any class says so.
    """
    scores, positive = seen["logits"].amax(dim=1), seen["labels"].amax(dim=1) > 0.5
    flagged = scores > 0
    hits = int((flagged & positive).sum())
    return {
        "auc": rank_auc(scores.float().numpy(), positive.numpy()),
        "accuracy": float((flagged == positive).double().mean()),
        "f1": 2 * hits / max(1, int(flagged.sum()) + int(positive.sum())),
    }
