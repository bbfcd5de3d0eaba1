"""Random rectangles, uniform in place and (log-uniform) in shape, as Sideras et al. drew them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw_rect(size_hw: tuple[int, int], area: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw one rectangle of about `area` (share of pixels), sides at most 3 to 1; bool (H, W)."""
    height, width = size_hw
    aspect = float(np.exp(rng.uniform(-np.log(3), np.log(3))))
    pixels = area * height * width
    rows = int(np.clip(round(np.sqrt(pixels / aspect)), 2, height))
    columns = int(np.clip(round(pixels / rows), 2, width))
    top = int(rng.integers(height - rows + 1))
    left = int(rng.integers(width - columns + 1))
    mask = np.zeros(size_hw, dtype=bool)
    mask[top : top + rows, left : left + columns] = True
    return mask
