"""Pairs of a photo's crop and a manipulated twin, drawn from folders of plain photos.

As both share host, place, scale and compression, nothing but the history of the region's pixels can
tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset

from inpaintscan.data.bank import PixelBank
from inpaintscan.data.samples import Label, Sample
from inpaintscan.data.windows import Pixels
from inpaintscan.errors import DataError
from inpaintscan.gen_data.compose import paste
from inpaintscan.train.crops.pairs import cell_shares, to_chw, to_levels
from inpaintscan.train.drawn import retouch
from inpaintscan.train.drawn.donors import Region, draw_donor
from inpaintscan.train.drawn.endings import Ending, draw_ending, draw_quality
from inpaintscan.train.drawn.hosts import cut_scaled, draw_host, draw_mask
from inpaintscan.train.drawn.rebuilt import draw_rebuilt, rebuild
from inpaintscan.train.drawn.shares import DrawnSettings, choose
from inpaintscan.train.drawn.window_bank import WindowBank, cut
from inpaintscan.train.loop.loop import Batch, rng_for


@dataclass(frozen=True, slots=True)
class Twins:
    """A drawn pair before its end: two crops of the same size, and what differs."""

    kind: str
    """A name of `PairShares`, or `replaced:` and one of `DonorShares`."""
    clean: Pixels
    made: Pixels
    endings: tuple[Ending, Ending]
    """The same one twice, but for two photos that are both clean."""
    replaced: NDArray[np.float32]
    """(s, s): the weight of what is new in each pixel of `made`."""
    synthetic: bool = False
    """Whether what is new came out of a generator."""
    whole: bool = False
    """Whether `made` was generated as a whole."""


class DrawnPairs(Dataset[Batch]):
    """Pairs drawn from photos, and from generated images where the samples hold some.

    Sample `i` depends on the seed and `i` alone: `images` uint8 (2, 3, s, s), clean and
    manipulated; `map_target` (2, 1, s/4, s/4) in [0, 1], the share of each cell that is replaced or
    generated; `synthetic`, likewise, the share out of a generator; `map_weight` (2,), 1: the maps
    are judged; `score_target` (2, 2): inpainted, generated.

    Raises:
        DataError: if no sample is clean.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        settings: DrawnSettings,
        crop: int,
        cache: Path,
        seed: int,
        *,
        with_rebuilt: bool = True,
    ) -> None:
        cv2.setNumThreads(1)
        clean = [sample for sample in samples if sample.label == "clean"]
        made = [sample for sample in samples if sample.label == "generated"]
        if not clean:
            raise DataError("no clean image to draw pairs from; add photos")
        self.photos = WindowBank(clean, cache)
        self.generated = WindowBank(made, cache) if made else None
        self.rebuilt: PixelBank | None = None
        if with_rebuilt and settings.pairs.rebuilt:
            self.rebuilt = rebuild(self.photos, settings.rebuilt_photos, cache, seed)
        self.settings, self.crop, self.seed = settings, crop, seed
        self.without = [name for name in ("generated", "rebuilt") if getattr(self, name) is None]

    def __getitem__(self, index: int) -> Batch:
        twins = self.draw(index)
        cells = self.crop // 4
        crops = zip((twins.clean, twins.made), twins.endings, strict=True)
        target = torch.zeros(2, 1, cells, cells)
        target[1, 0] = torch.from_numpy(cell_shares(twins.replaced, cells))
        inpainted = bool((twins.replaced >= 0.5).any()) and not twins.whole
        return {
            "images": torch.stack([to_chw(ending.apply(pixels)) for pixels, ending in crops]),
            "map_target": target,
            "synthetic": target * float(twins.synthetic),
            "map_weight": torch.ones(2),
            "score_target": torch.tensor([[0.0, 0.0], [float(inpainted), float(twins.whole)]]),
        }

    def draw(self, index: int) -> Twins:
        """Draw pair `index`, up to its end."""
        rng = rng_for(self.seed, index)
        kind = choose(self.settings.pairs, rng, self.without)
        easy = self.settings.easy
        if easy and rng.random() > index / easy:
            ending = Ending(self.crop, ())
        else:
            ending = draw_ending(self.crop, self.settings, rng)
        return getattr(self, f"_draw_{kind}")(ending, rng)  # type: ignore[no-any-return]

    def _draw_clean(self, ending: Ending, rng: np.random.Generator) -> Twins:
        other = draw_ending(self.crop, self.settings, rng)
        first, second = (self._host(end.side, rng) for end in (ending, other))
        return Twins("clean", first, second, (ending, other), _nothing(len(second)))

    def _draw_generated(self, ending: Ending, rng: np.random.Generator) -> Twins:
        assert self.generated is not None
        side = ending.side
        window = self.generated.draw(rng, reduced=rng.random() < 0.15)
        if rng.random() < 0.35:
            window = cut_scaled(window, side, rng.uniform(0.5, 1.3), rng)
        made = cut(window, side, rng)
        host = self._host(side, rng)
        return Twins("generated", host, made, (ending, ending), 1 - _nothing(side), True, True)

    def _draw_rebuilt(self, ending: Ending, rng: np.random.Generator) -> Twins:
        assert self.rebuilt is not None
        side = ending.side
        host, frame = draw_rebuilt(self.rebuilt, side, rng)
        if rng.random() < self.settings.rebuilt_whole:
            if rng.random() < 0.3:  # "no JPEG" must not mean "generated"
                frame = retouch.jpeg(frame, draw_quality(rng))
            if rng.random() < 0.3:
                frame = retouch.mix(frame, host, rng.uniform(0.6, 1))
            return Twins("rebuilt", host, frame, (ending, ending), 1 - _nothing(side), True, True)
        if rng.random() < 0.4:
            host = retouch.jpeg(host, int(rng.integers(65, 98)))
        alpha = self._alpha(side, rng)
        made = paste(host, frame, to_levels(alpha))
        return Twins("rebuilt", host, made, (ending, ending), alpha, synthetic=True)

    def _draw_replaced(self, ending: Ending, rng: np.random.Generator) -> Twins:
        host = self._host(ending.side, rng)
        alpha = self._alpha(ending.side, rng)
        region = Region(host, alpha > 0, self.photos, self.generated)
        donor, kind = draw_donor(region, self.settings, rng)
        made = paste(host, donor, to_levels(alpha))
        return Twins(
            f"replaced:{kind}", host, made, (ending, ending), alpha, synthetic=kind == "generated"
        )

    def _host(self, side: int, rng: np.random.Generator) -> Pixels:
        return draw_host(self.photos, side, self.settings, rng)

    def _alpha(self, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a mask as weights, at times with a soft edge; float32 (side, side)."""
        mask = draw_mask(side, self.settings.area, rng)
        if rng.random() >= self.settings.soft:
            return mask.astype(np.float32)
        levels = np.ascontiguousarray(mask.astype(np.uint8) * np.uint8(255))
        return retouch.blur(levels, rng.uniform(0.5, 3)).astype(np.float32) / np.float32(255)


def _nothing(side: int) -> NDArray[np.float32]:
    return np.zeros((side, side), np.float32)


def write_twins(pairs: DrawnPairs, count: int, folder: Path) -> list[Sample]:
    """Write the manipulated twin of `count` pairs and its mask; clean pairs are passed over."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for index in range(count):
        pair = pairs[index]
        inpainted, generated = pair["score_target"][1].bool().tolist()
        if not inpainted and not generated:
            continue
        image, mask = folder / f"{index:05}.png", folder / f"{index:05}-mask.png"
        Image.fromarray(pair["images"][1].permute(1, 2, 0).numpy()).save(image)
        label: Label = "generated" if generated else "inpainted"
        if inpainted:
            cells = (pair["map_target"][1, 0] >= 0.5).numpy()
            levels = np.kron(cells, np.ones((4, 4))).astype(np.uint8) * np.uint8(255)
            Image.fromarray(levels).save(mask)
        samples.append(Sample(image, label, mask=mask if inpainted else None, kind="drawn"))
    return samples
