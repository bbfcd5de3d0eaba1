"""How an image is fed to a network: in tiles, or reduced to a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inpaintscan.errors import WeightsError
from inpaintscan.scan.measures import NAMES
from inpaintscan.weights import Card


@dataclass(frozen=True, slots=True)
class Feed:
    """How to feed a network that scans: `Card.input`, checked, of a known size."""

    fit: Literal["tile", "resize"]
    size: int
    multiple: int
    stride: int
    view: int | None = None
    """Side of the squares that a network with a whole look is shown (`scan/views.py`)."""


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
    measures = card.arch_args.get("measures", len(NAMES))
    if given.view is not None and measures != len(NAMES):
        raise WeightsError(
            f"weights {card.name!r}: made by another version of inpaintscan (their judge takes "
            f"{measures} measures, this one gives {len(NAMES)}); train them again"
        )
    return Feed(given.fit, given.size, given.multiple, given.stride, given.view)
