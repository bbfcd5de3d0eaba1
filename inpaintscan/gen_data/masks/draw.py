"""Draw a whole mask: several regions, a total area, a soft edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.gen_data.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL = 255
"""The value from which on a soft mask's pixel counts as replaced (Adler's rule)."""


def draw_regions(
    kind: str, size_hw: tuple[int, int], settings: Settings, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw a number of regions that share a total area; bool (H, W), never empty, never full."""
    count = int(rng.integers(settings.regions[0], settings.regions[1] + 1))
    low, high = settings.area
    total = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    shares = rng.dirichlet(np.full(count, 3.0)) * total
    mask = np.zeros(size_hw, dtype=bool)
    for share in shares:
        mask |= SHAPES[kind](size_hw, float(share), rng)
    return never_trivial(mask)


def never_trivial(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with a few pixels set if it was empty, or a border freed if it was full."""
    height, width = mask.shape
    if not mask.any():
        mask = mask.copy()
        mask[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2] = True
    elif mask.all():
        mask = mask.copy()
        border = max(1, min(height, width) // 16)
        mask[:border] = mask[-border:] = False
        mask[:, :border] = mask[:, -border:] = False
    return mask


def soften(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.uint8]:
    """Return the mask as uint8 (H, W), its edge softened *outwards* by a Gaussian of `sigma` px.

    The mask's own pixels stay 255, so the pixels that count as replaced are just those asked for;
    the ramp to 0 lies outside.
    """
    hard = np.where(mask, np.uint8(255), np.uint8(0))
    if sigma <= 0:
        return hard
    blurred = np.asarray(Image.fromarray(hard).filter(ImageFilter.GaussianBlur(sigma)))
    ramp = np.minimum(blurred.astype(np.uint16) * 2, FULL - 1).astype(np.uint8)
    return np.where(mask, hard, ramp)


def replaced(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Read a soft mask by Adler's rule: replaced only where it is 255; bool (H, W)."""
    return mask == FULL
