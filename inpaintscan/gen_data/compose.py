"""Put new content into a photo, and say where it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inpaintscan.data.samples import box_of_mask
from inpaintscan.findings import Box


def paste(
    original: NDArray[np.uint8], content: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return `content` where the mask is 255, `original` where it is 0, the blend between.

    Both images are uint8 (H, W, 3), the mask uint8 (H, W). Pixels at 0 keep their bytes. With the
    inpainter's output as content this makes a *realfake*, with an autoencoder's reconstruction of
    the original a *fakefake*.
    """
    weight = mask.astype(np.uint32)[..., None]
    blended = (content * weight + original * (255 - weight) + 127) // 255
    return blended.astype(np.uint8)


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """Return the box around the true pixels of a mask (H, W); all 0 where there are none."""
    return box_of_mask(mask) or Box(0, 0, 0, 0)


Fill = Callable[["NDArray[np.uint8]", "NDArray[np.bool_]"], "NDArray[np.uint8]"]


def fill_window(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], margin: int, fill: Fill
) -> NDArray[np.uint8]:
    """Fill the hole seeing only its bounding box and `margin` pixels around; uint8 (H, W, 3).

    Pixels outside the mask keep their bytes.
    """
    box = bounding_box(mask)
    height, width = mask.shape
    top, bottom = max(0, box.ymin - margin), min(height, box.ymax + margin)
    left, right = max(0, box.xmin - margin), min(width, box.xmax + margin)
    part, hole = image[top:bottom, left:right], mask[top:bottom, left:right]
    filled = image.copy()
    content = fill(np.ascontiguousarray(part), np.ascontiguousarray(hole))
    filled[top:bottom, left:right] = np.where(hole[..., None], content, part)
    return filled
