"""Smooth closed outlines, like a lassoed thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


def draw_blob(size_hw: tuple[int, int], area: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw one blob of about `area` (share of pixels) at a random place; bool (H, W).

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
