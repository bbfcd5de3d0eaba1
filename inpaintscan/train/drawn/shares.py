"""What is drawn how often: every share of the sampler by name, in one frozen record.

The shares of one record need not add up to 1: what cannot be drawn from the data at hand (no
generated image, no autoencoder) is left out, and the others keep their proportions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class PairShares:
    """What a pair is."""

    clean: float = 0.1
    """Two photos, both clean, each with an end of its own."""
    generated: float = 0.2
    """A photo, and an image generated whole."""
    rebuilt: float = 0.12
    """A photo, and what an autoencoder made of it: in a region, or of the whole frame."""
    replaced: float = 0.58
    """A photo, and the photo with a region out of a donor."""


@dataclass(frozen=True, slots=True)
class HostShares:
    """What a photo was before. All windows are cut on the 8 x 8 grid of JPEG."""

    native: float = 0.5
    """Pixels as they are in the file."""
    reduced: float = 0.15
    """The whole picture made smaller."""
    shrunk: float = 0.2
    """Made smaller, to 0.4 to 1 of its size."""
    scaled: float = 0.15
    """Brought to 0.7 to 1.6 of its size."""


@dataclass(frozen=True, slots=True)
class DonorShares:
    """What a region is replaced with."""

    other: float = 0.33
    """Another photo at its own scale, at times compressed or filtered."""
    generated: float = 0.16
    """A generated image."""
    resampled: float = 0.15
    """The photo itself, made smaller and larger again."""
    filtered: float = 0.12
    """The photo itself, denoised, blurred or sharpened."""
    moved: float = 0.09
    """The photo itself from elsewhere, at times mirrored, turned or scaled."""
    resaved: float = 0.06
    """The photo itself out of a JPEG with another grid."""
    classical: float = 0.09
    """What OpenCV's inpainters, or a strong blur, put into the hole."""


@dataclass(frozen=True, slots=True)
class EditShares:
    """What is done to both of a pair before they are saved."""

    none: float = 0.85
    blurred: float = 0.04
    sharpened: float = 0.04
    toned: float = 0.05
    grained: float = 0.02


@dataclass(frozen=True, slots=True)
class SaveShares:
    """How both of a pair are saved."""

    untouched: float = 0.46
    jpeg: float = 0.38
    jpeg_twice: float = 0.04
    webp: float = 0.03
    resized: float = 0.09
    """Brought to 0.5 to 1.5 of their size, then most often saved as JPEG."""


@dataclass(frozen=True, slots=True)
class DrawnSettings:
    """All shares of the sampler."""

    pairs: PairShares = field(default_factory=PairShares)
    hosts: HostShares = field(default_factory=HostShares)
    donors: DonorShares = field(default_factory=DonorShares)
    edits: EditShares = field(default_factory=EditShares)
    saves: SaveShares = field(default_factory=SaveShares)
    resaved_hosts: float = 0.6
    """Share of hosts that are not native that were saved as JPEG again."""
    soft: float = 0.4
    """Share of regions with a soft edge."""
    grained_donors: float = 0.15
    """Share of donors with noise of their own."""
    rebuilt_whole: float = 0.4
    """Share of rebuilt pairs whose frame is rebuilt whole: generated."""
    unaligned: float = 0.05
    """Share of last JPEGs whose grid does not begin at the corner, as after a crop."""
    area: tuple[float, float] = (0.01, 0.6)
    """Share of the crop that a region covers, log-uniform: small ones are common and hard."""
    easy: int = 24_000
    """The first pair that is sure to end as the shares say. Before it some are spared, at first
    all: a network that starts from nothing learns from traces that are there, and hardly from
    those that JPEG has taken. 0 for one that is trained already."""
    rebuilt_photos: int = 1000
    """Most photos that the shipped autoencoders rebuild before training."""


def choose(
    shares: DataclassInstance, rng: np.random.Generator, without: Collection[str] = ()
) -> str:
    """Draw the name of a field by its share.

    Raises:
        UsageError: if nothing is left to be drawn.
    """
    names = [item.name for item in fields(shares) if item.name not in without]
    weights = np.array([getattr(shares, name) for name in names])
    if not weights.sum() > 0:
        raise UsageError(f"{type(shares).__name__}: no share above 0 that the data allow")
    place = int(np.searchsorted(np.cumsum(weights), rng.random() * weights.sum(), side="right"))
    return names[min(place, len(names) - 1)]
