"""The shapes of holes: rectangles (as Sideras et al. drew them), brush strokes and blobs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


def draw_blob(size_hw: tuple[int, int], area: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw one blob of about `area` (share of pixels) at a random place; bool (H, W).

    It is a smooth closed outline, like a lassoed thing.
    Its radius around the centre is a random Fourier series of the angle with falling amplitudes.
    """
    height, width = size_hw
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radius = np.ones_like(angles)
    for order in range(1, 9):
        amplitude = rng.normal(0, 0.35 / order)
        radius += amplitude * np.cos(order * angles + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.15, None)
    aspect = float(np.exp(rng.uniform(-0.6, 0.6)))
    turn = rng.uniform(0, np.pi)
    along, across = radius * np.cos(angles) * aspect, radius * np.sin(angles) / aspect
    x = along * np.cos(turn) - across * np.sin(turn)
    y = along * np.sin(turn) + across * np.cos(turn)
    polygon_area = 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))
    size = np.sqrt(area * height * width / polygon_area)
    x, y = x * size, y * size
    x += _centre(x, width, rng)
    y += _centre(y, height, rng)
    canvas = Image.new("L", (width, height))
    ImageDraw.Draw(canvas).polygon(list(zip(x.tolist(), y.tolist(), strict=True)), fill=255)
    return np.asarray(canvas) > 0


def _centre(offsets: NDArray[np.float64], side: int, rng: np.random.Generator) -> float:
    """Return a shift that keeps the outline inside `side` where it fits, else centres it."""
    low, high = -float(offsets.min()), side - float(offsets.max())
    return float(rng.uniform(low, high)) if low < high else (low + high) / 2


_CHECK_EVERY = 3


def draw_freeform(
    size_hw: tuple[int, int], area: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw one stroke until it covers about `area` (share of pixels); bool (H, W).

    It is a wandering line with round ends (Yu et al. 2019, appendix).
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
