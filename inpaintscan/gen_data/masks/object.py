"""Masks of things: instances that torchvision's Mask R-CNN finds in the photo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray

from inpaintscan.errors import WeightsError
from inpaintscan.gen_data.compose import bounding_box

_FEWEST_SCORE = 0.5
Detector = Callable[["NDArray[np.uint8]"], "tuple[NDArray[np.int64], NDArray[np.bool_]]"]
"""uint8 (H, W, 3) -> class numbers (N,) and instance masks (N, H, W)."""


def load_detector(device_name: str) -> Detector:
    """Load Mask R-CNN with its COCO weights, downloaded on first use and checked by their hash.

    Raises:
        WeightsError: if they cannot be downloaded.
    """
    from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights, maskrcnn_resnet50_fpn

    weights = MaskRCNN_ResNet50_FPN_Weights.COCO_V1
    try:
        # On one of them, by its version, torch says what it downloads, wanted or not.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError, RuntimeError) as error:
        raise WeightsError(
            f"{weights.url}: cannot download the detector for --mask object ({error}); "
            "connect once, or choose another --mask"
        ) from error
    network = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)
    network.load_state_dict(state)
    return wrap_detector(network, device_name)


def wrap_detector(network: Any, device_name: str) -> Detector:  # noqa: ANN401
    """Return a function that runs a torchvision instance segmenter on one photo."""
    import torch

    from inpaintscan.device import computing, resolve_device

    device = resolve_device(device_name)
    network = network.to(device).eval()

    def detect(image: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        tensor = torch.from_numpy(image.transpose(2, 0, 1).copy()).to(device).float() / 255
        with computing(device, "fp32"):
            found = network([tensor])[0]
        sure = found["scores"] >= _FEWEST_SCORE
        masks = found["masks"][sure, 0] >= 0.5
        return found["labels"][sure].cpu().numpy(), masks.cpu().numpy()

    return detect


def draw_object(
    image: NDArray[np.uint8],
    detector: Detector,
    area: tuple[float, float],
    count: int,
    rng: np.random.Generator,
    *,
    boxes: bool = False,
) -> NDArray[np.bool_] | None:
    """Return up to `count` instances of one random class, bool (H, W); None if nothing fits.

    Every instance's share of the photo is within `area`. With `boxes`, their bounding boxes.
    """
    labels, masks = detector(image)
    if boxes:
        for mask in masks:
            box = bounding_box(mask)
            mask[box.ymin : box.ymax, box.xmin : box.xmax] = True
    shares = masks.mean(axis=(1, 2))
    fitting = np.flatnonzero((shares >= area[0]) & (shares <= area[1]))
    if not fitting.size:
        return None
    chosen = rng.choice(np.unique(labels[fitting]))
    instances = rng.permutation(fitting[labels[fitting] == chosen])[:count]
    return np.asarray(masks[instances].any(axis=0))
