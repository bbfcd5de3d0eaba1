"""`train --task localize`: a logit and a box an image, after Sideras 2023."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.train.loop.loop import Batch
from inpaintscan.train.losses.heads import box_loss, intersection_over_union
from inpaintscan.train.settings import ImageSettings
from inpaintscan.train.tasks import detect

ARCH = "box_regressor"


def network_arguments(settings: ImageSettings, _classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the arguments of the network, as they stand in the card."""
    residual = {"residual": True} if settings.residual else {}
    return {"arch": settings.arch, "size": settings.size, **residual, **settings.arch_args}


def loss(prediction: Prediction, batch: Batch, settings: ImageSettings) -> Tensor:
    """Return alpha * detection + beta * box loss; boxes count on inpainted images alone."""
    assert prediction.boxes_xyxy is not None
    scale = settings.size if settings.box_pixels and settings.box_loss != "giou" else 1
    boxes = box_loss(
        prediction.boxes_xyxy * scale, batch["box"] * scale, batch["has_box"], settings.box_loss
    )
    return settings.alpha * detect.loss(prediction, batch, settings) + settings.beta * boxes


def observe(prediction: Prediction, batch: Batch) -> dict[str, Tensor]:
    """Return what the figures need of each image."""
    assert prediction.boxes_xyxy is not None
    boxes = {
        "boxes": prediction.boxes_xyxy.float(),
        "true": batch["box"],
        "known": batch["has_box"],
    }
    return {**detect.observe(prediction, batch), **boxes}


def figures(seen: dict[str, Tensor]) -> dict[str, float]:
    """Return AUC, accuracy, F1; of true boxes, the mean IoU and the share of those above 0.5."""
    iou = intersection_over_union(seen["boxes"], seen["true"])[seen["known"] > 0.5]
    boxes = {
        "mean_iou": float(iou.mean()) if len(iou) else 0.0,
        "box_success": float((iou >= 0.5).double().mean()) if len(iou) else 0.0,
    }
    return {**detect.figures(seen), **boxes}
