"""How an image is fed to a network: in tiles, or reduced to a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import WeightsError
from inpaintscan.weights import Card


@dataclass(frozen=True, slots=True)
class Feed:
    """How to feed a network that scans: `Card.input`, checked, of a known size."""

    fit: Literal["tile", "resize"]
    size: int
    multiple: int
    stride: int
    view: int | None = None
    """Side of the square that the whole picture is reduced to for a network that looks at it."""


def to_feed(card: Card) -> Feed:
    """Read how the network of a card wants its input.

    Raises:
        WeightsError: if the card does not say it, or not consistently.
    """
    given = card.input
    if given.size is None:
        raise WeightsError(f"weights {card.name!r}: no usable input size in their card")
    if given.fit == "tile" and (given.size % given.multiple or given.multiple % given.stride):
        raise WeightsError(
            f"weights {card.name!r}: tile size {given.size} must be a multiple of "
            f"{given.multiple}, and that of the stride {given.stride}"
        )
    return Feed(given.fit, given.size, given.multiple, given.stride, given.view)


def reduce_picture(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return the whole picture as a square, uint8 (side, side, 3), averaged as it shrinks."""
    resized = Image.fromarray(pixels).resize(
        (side, side), Image.Resampling.BILINEAR, reducing_gap=3.0
    )
    return np.array(resized)
