"""The one colour scale of heat: from a probability per pixel to a colour and how much of it shows.

Overlays and the HTML report draw with it, so a colour means the same in both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SCALE = (
    (0.2, (255, 214, 70)),
    (0.47, (255, 150, 30)),
    (0.74, (240, 70, 40)),
    (1.0, (200, 20, 110)),
)
"""Probability and colour, from faint to strong: yellow, orange, red, magenta; darker all the way,
so it reads without colour vision and in grey print."""
FAINTEST, STRONGEST = 0.1, 0.8
"""Up to the first probability the photo shows alone, from the second on the heat is at its full."""
FULL_OPACITY = 0.68


def heat_colours(prob_map: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the colours of a map (H, W) in [0, 1] as RGB, float32 (H, W, 3), 0 to 255."""
    positions = [position for position, _ in SCALE]
    channels = [
        np.interp(prob_map, positions, [colour[channel] for _, colour in SCALE])
        for channel in range(3)
    ]
    return np.stack(channels, axis=-1).astype(np.float32)


def heat_opacity(prob_map: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much of the heat shows over the photo, float32 (H, W) in [0, FULL_OPACITY]."""
    share = np.clip((prob_map - FAINTEST) / (STRONGEST - FAINTEST), 0.0, 1.0)
    opacity: NDArray[np.float32] = (FULL_OPACITY * share * share * (3.0 - 2.0 * share)).astype(
        np.float32
    )
    return opacity


def heat_picture(prob_map: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a map (H, W) as a layer to lay over the photo, RGBA uint8 (H, W, 4)."""
    layers = (heat_colours(prob_map), 255.0 * heat_opacity(prob_map)[..., None])
    return np.rint(np.concatenate(layers, axis=-1)).astype(np.uint8)


def heat_on_white(prob_map: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what heat looks like over white, for legends, RGB uint8 (..., 3)."""
    opacity = heat_opacity(prob_map)[..., None]
    return np.rint(255.0 + opacity * (heat_colours(prob_map) - 255.0)).astype(np.uint8)


def heat_gradient() -> str:
    """Return the scale from 0 to 1 as a CSS gradient, as it shows over white."""
    steps = np.linspace(0.0, 1.0, 21, dtype=np.float32)
    stops = ", ".join(
        f"rgb({red} {green} {blue}) {position:.0%}"
        for position, (red, green, blue) in zip(
            steps.tolist(), heat_on_white(steps).tolist(), strict=True
        )
    )
    return f"linear-gradient(90deg, {stops})"
