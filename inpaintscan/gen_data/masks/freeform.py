"""Brush strokes: wandering lines with round ends (Yu et al. 2019, appendix)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_CHECK_EVERY = 3


def draw_freeform(
    size_hw: tuple[int, int], area: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw one stroke until it covers about `area` (share of pixels); bool (H, W).

    The brush's width follows from the area; the direction turns a little at each joint and now and
    then sharply back, as a hand that scribbles over something.
    """
    height, width = size_hw
    reach = float(np.sqrt(area * height * width))
    brush = max(4.0, reach * rng.uniform(0.15, 0.5))
    canvas = Image.new("L", (width, height))
    pen = ImageDraw.Draw(canvas)
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    angle = rng.uniform(0, 2 * np.pi)
    target = area * height * width
    for joint in range(200):
        if joint % _CHECK_EVERY == 0 and np.count_nonzero(np.asarray(canvas)) >= target:
            break
        angle += rng.normal(0, 0.6) + (np.pi if rng.random() < 0.3 else 0.0)
        length = reach * rng.uniform(0.2, 0.8)
        end_x = float(np.clip(x + length * np.cos(angle), 0, width - 1))
        end_y = float(np.clip(y + length * np.sin(angle), 0, height - 1))
        pen.line((x, y, end_x, end_y), fill=255, width=round(brush))
        for centre_x, centre_y in ((x, y), (end_x, end_y)):
            radius = brush / 2
            pen.ellipse(
                (centre_x - radius, centre_y - radius, centre_x + radius, centre_y + radius),
                fill=255,
            )
        x, y = end_x, end_y
    return np.asarray(canvas) > 0
