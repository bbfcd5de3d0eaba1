"""Work on the part of a photo around its hole, not on all of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inpaintscan.gen_data.compose import bounding_box

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
