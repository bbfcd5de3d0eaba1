"""Crops of any labelled images, beside pairs made of the clean ones: so little is forgotten.

A user's folder says what is clean and what is not, seldom where, and holds no twins. Alone it soon
makes a network forget the rest, so a share of every batch is replayed: pairs synthesised from the
user's own clean images by the shipped generators.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from inpaintscan.data.bank import stamp, write_bank
from inpaintscan.data.chain import draw_chain
from inpaintscan.data.samples import Sample, read_mask
from inpaintscan.data.windows import Pixels, cut_window, place_window, reach
from inpaintscan.errors import DataError, ImageError
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.images import read_image
from inpaintscan.train.crops.pairs import PairSettings, cell_shares, to_chw
from inpaintscan.train.loop.loop import Batch, rng_for
from inpaintscan.train.losses.two_maps import synthetic_target

WINDOW = 1024
"""Of larger images one window of this side is kept: photos of 24 megapixels would fill a disk."""
_MOST_REPLAYED = 2000
_REPLAY_METHODS = (
    Choice("vae", "autoencoder-f2"),
    Choice("vae", "autoencoder-f4"),
    Choice("vae", "autoencoder-f8"),
    Choice("gated"),
)


class LabelledCrops(Dataset[Batch]):
    """Two crops, of a clean and of a manipulated image, as a batch of `PairCrops` holds them.

    Where only one kind is there, both are of it. An inpainted image without a mask trains the
    scores alone; of a generated one all is synthesised.
    """

    def __init__(
        self, samples: Sequence[Sample], settings: PairSettings, cache: Path, seed: int
    ) -> None:
        self.samples, self.settings, self.seed = list(samples), settings, seed
        key = "".join(stamp(path) for s in samples for path in (s.image, s.mask) if path)
        self.bank = write_bank(key + f"window {WINDOW}", lambda: _windows(self.samples), cache)
        groups = [
            [i for i, s in enumerate(samples) if s.manipulated == made] for made in (False, True)
        ]
        self.groups = [group or groups[1 - number] for number, group in enumerate(groups)]

    def __getitem__(self, index: int) -> Batch:
        rng = rng_for(self.seed, index)
        rows = [self._crop(int(rng.choice(group)), rng) for group in self.groups]
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}

    def _crop(self, number: int, rng: np.random.Generator) -> Batch:
        sample, settings = self.samples[number], self.settings
        pixels, mask = self.bank.image(2 * number), self.bank.image(2 * number + 1)[..., 0] > 0
        chain = draw_chain(rng, settings.degraded_share)
        side = round(settings.crop / chain.scale)
        corner = place_window(mask, side, rng)
        flip = rng.random() < 0.5
        crop = chain.apply(reach(cut_window(pixels, corner, side, flip), side), settings.crop)
        alpha = reach(cut_window(mask.astype(np.float32), corner, side, flip), side)
        generated = sample.label == "generated"
        shares = cell_shares(np.ones_like(alpha) if generated else alpha, settings.crop // 4)
        inpainted = sample.label == "inpainted" and (sample.mask is None or bool(alpha.any()))
        target = torch.from_numpy(shares)[None]
        return {
            "images": to_chw(crop),
            "map_target": target,
            "synthetic": synthetic_target(target, whole=generated, known=False),
            "map_weight": torch.tensor(float(sample.has_mask or generated)),
            "score_target": torch.tensor([float(inpainted), float(generated)]),
        }


class Replayed(Dataset[Batch]):
    """Sample `i` is a replayed pair for a `share` of all `i`, else one of the user's."""

    def __init__(
        self, own: Dataset[Batch], replayed: Dataset[Batch], share: float, seed: int
    ) -> None:
        self.own, self.replayed, self.share, self.seed = own, replayed, share, seed

    def __getitem__(self, index: int) -> Batch:
        replay = rng_for(self.seed + 1, index).random() < self.share
        return (self.replayed if replay else self.own)[index]


def make_replay(samples: Sequence[Sample], folder: Path, seed: int, workers: int = 1) -> Path:
    """Fill holes of the clean images with the shipped generators; return the gen-data folder.

    Of at most 2,000 images. It says so on standard error, with a progress bar on a terminal. An
    interrupted run goes on where it was, a complete one is taken as it is.

    Raises:
        DataError: if no image is clean.
    """
    clean = [sample.image for sample in samples if not sample.manipulated]
    if not clean:
        raise DataError("no clean image to make replay pairs from; add some, or give --replay 0")
    order = sorted(clean, key=lambda path: hashlib.sha256(os.fsencode(path)).digest())
    photos = order[:_MOST_REPLAYED]
    settings = Settings(
        methods=_REPLAY_METHODS,
        kinds=("original", "mask", "inpainted"),
        split=(1.0, 0.0, 0.0),
        scale=(0.4, 1.0),
        crop=512,
        vae_jitter=0.03,
        seed=seed,
    )
    pairs = folder / "pairs"
    bar = tqdm(total=len(photos), unit="photo", desc="replay", file=sys.stderr, disable=None)

    def show(done: int, _total: int) -> None:
        bar.update(done - bar.n)

    if not pairs.exists():
        bar.write(
            f"replay: making pairs of {len(photos)} clean images, once, in {pairs}", sys.stderr
        )
    with bar:
        generate(photos, pairs, settings, workers=workers, resume=pairs.exists(), progress=show)
    return pairs


def _windows(samples: Sequence[Sample]) -> Iterator[Pixels]:
    """Yield, a sample, a window of its pixels and one of its mask as three equal channels."""
    for sample in samples:
        try:
            pixels = read_image(sample.image).pixels
        except ImageError as error:
            raise DataError(f"{sample.image}: cannot be trained on: {error}") from error
        mask = np.zeros(pixels.shape[:2], dtype=bool) if sample.mask is None else read_mask(sample)
        if mask.shape != pixels.shape[:2]:
            raise DataError(f"{sample.mask}: its size differs from that of {sample.image}")
        key = hashlib.sha256(os.fsencode(sample.image.name)).digest()
        rng = np.random.default_rng(list(key[:4]))
        corner = place_window(mask, WINDOW, rng)
        yield cut_window(pixels, corner, WINDOW)
        levels = cut_window(mask, corner, WINDOW).astype(np.uint8) * 255
        yield np.repeat(levels[..., None], 3, axis=2)
