"""What the shipped autoencoders make of some of the photos, once, before training."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from inpaintscan.data.bank import PixelBank, write_bank
from inpaintscan.data.windows import Pixels
from inpaintscan.gen_data.inpainters import Hole, load_inpainter
from inpaintscan.gen_data.resolved import shipped
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.train.drawn.window_bank import WindowBank, cut
from inpaintscan.train.loop.loop import rng_for

SIDE = 256
_JITTER = 0.03
"""Most relative change of a decoder's weights: a new decoder for each photo."""
_BATCH = 8


def draw_rebuilt(bank: PixelBank, side: int, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    """Return the same crop of a photo and of its reconstruction, uint8 (side, side, 3)."""
    both = bank.image(int(rng.integers(len(bank))))
    both = cut(np.concatenate([both[:SIDE], both[SIDE:]], axis=2), side, rng)
    return np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3:])


def rebuild(photos: WindowBank, count: int, cache: Path, seed: int) -> PixelBank | None:
    """Rebuild crops of at most `count` photos; None if no autoencoder is shipped.

    A picture of the bank is a crop above its reconstruction, uint8 (512, 256, 3).
    """
    names = tuple(shipped("autoencoder"))
    count = min(count, photos.photos)
    if not names or not count:
        return None
    key = f"rebuilt {photos.bank.file.name} {names} {count} {seed} {_JITTER}"
    return write_bank(key, lambda: _rebuild(photos, names, count, seed), cache)


def _rebuild(photos: WindowBank, names: Sequence[str], count: int, seed: int) -> Iterator[Pixels]:
    choices = tuple(Choice("vae", name) for name in names)
    settings = Settings(methods=choices, vae_jitter=_JITTER, precision="fp32")
    autoencoders = [load_inpainter(choice, settings) for choice in choices]
    starts = range(0, count, _BATCH)
    for first in tqdm(starts, desc="rebuild", unit="batch", file=sys.stderr, disable=None):
        rngs = [rng_for(seed, number) for number in range(first, min(first + _BATCH, count))]
        crops = [cut(photos.draw(rng), SIDE, rng) for rng in rngs]
        everywhere = np.ones((SIDE, SIDE), dtype=bool)
        holes = [Hole(crop, everywhere, rng) for crop, rng in zip(crops, rngs, strict=True)]
        autoencoder = autoencoders[first // _BATCH % len(autoencoders)]
        for crop, frame in zip(crops, autoencoder.inpaint(holes), strict=True):
            yield np.concatenate([crop, frame])
