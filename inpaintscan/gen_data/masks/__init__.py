"""Which pixels are replaced: shapes, objects, and masks of a folder.

A shape is a function `(size_hw, area, rng) -> bool (H, W)` that draws one region of about `area`
(share of all pixels). In memory a mask is bool; with a soft edge it is uint8, 0 to 255, and the
rule for reading it back is Adler's: **a pixel counts as replaced only where the mask is 255**.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inpaintscan.gen_data.masks.outlines import draw_blob, draw_freeform, draw_rect

Shape = Callable[[tuple[int, int], float, np.random.Generator], "NDArray[np.bool_]"]

SHAPES: dict[str, Shape] = {"rect": draw_rect, "freeform": draw_freeform, "blob": draw_blob}
