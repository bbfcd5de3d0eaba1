"""Training crops in pairs: a photo's and its manipulated twin's, taken through the same chain.

As both share content, place, scale and compression, nothing but the synthesised pixels can tell
them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor
from torch.utils.data import Dataset

from inpaintscan.data import Sample
from inpaintscan.data.bank import PixelBank, make_bank
from inpaintscan.data.chain import draw_chain
from inpaintscan.data.windows import Mask, Pixels, cut_window, place_window, reach
from inpaintscan.errors import DataError
from inpaintscan.gen_data.compose import paste
from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.train.crops.varied_fills import compress, vary_fill, vary_trace
from inpaintscan.train.loop.loop import Batch, rng_for
from inpaintscan.train.losses.two_maps import synthetic_target


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Which crops are cut and what is done to them."""

    crop: int = 160
    generated_share: float = 0.2
    """Share of redrawn frames that are left whole: the class `generated`."""
    hole_share: float = 0.5
    """Share of other redrawn frames that are pasted where their hole was, if that is known. In the
    rest the mask is drawn anew, as every pixel of the frame is synthesised."""
    degraded_share: float = 0.5
    """Share of pairs re-encoded or edited as a whole after the fill."""
    soft_share: float = 0.4
    """Share of composites with a soft edge."""
    area: tuple[float, float] = (0.02, 0.95)
    """Share of the crop that is replaced, where the mask is drawn anew: often small, up to nearly
    all, or the network learns to tell a fill by its surroundings alone."""
    varied_share: float = 0.4
    """Share of fills that are varied in grain, sharpness, sampling and compression."""
    camera_jpeg_share: float = 0.4
    """Share of pairs whose photo was a JPEG when it was filled: the fill has no such grid. Never of
    a frame generated whole, or "no JPEG" would mean "generated"."""
    overlay_share: float = 0.08
    """Share of pairs with a line, box or text-like strokes drawn on both: never a fill."""


@dataclass(frozen=True, slots=True)
class _Twin:
    original: int
    filled: int
    mask: int | None
    """Indices into the bank; no mask: draw one."""
    redrawn: bool
    """Every pixel of the frame is synthesised: its label is `generated`."""


class PairCrops(Dataset[Batch]):
    """Pairs of a clean crop and its manipulated twin.

    Sample `i`: `images` uint8 (2, 3, s, s), clean and manipulated; `map_target` (2, 1, s/4, s/4)
    in [0, 1], the share of each cell that is synthesised: all of a generated frame; `synthetic`,
    likewise, what a generator made for sure, -1 where that is not known; `map_weight`
    (2,): 1, the map is judged; `score_target` (2, 2): inpainted, generated.
    """

    def __init__(
        self, samples: Sequence[Sample], settings: PairSettings, cache: Path, seed: int
    ) -> None:
        fills = [sample for sample in samples if sample.kind == "inpainted"]
        if not fills:
            raise DataError("no image of kind 'inpainted' to make pairs of; see gen-data --kinds")
        paths: dict[Path, int] = {}
        self.twins = [_index(sample, paths) for sample in fills]
        missing = next((path for path in paths if not path.is_file()), None)
        if missing is not None:
            raise DataError(f"{missing}: missing; see gen-data --kinds original,mask,inpainted")
        self.bank: PixelBank = make_bank(list(paths), cache)
        self.settings, self.seed = settings, seed

    def __getitem__(self, index: int) -> Batch:
        rng, settings = rng_for(self.seed, index), self.settings
        twin = self.twins[rng.integers(len(self.twins))]
        chain = draw_chain(rng, settings.degraded_share)
        generated = twin.redrawn and rng.random() < settings.generated_share
        if twin.redrawn and (generated or rng.random() >= settings.hole_share):
            twin = replace(twin, mask=None)
        original, filled, mask = self._cut(twin, round(settings.crop / chain.scale), rng)
        if generated:
            mask = np.ones_like(mask)
        if rng.random() < settings.varied_share:
            filled = (
                vary_trace(original, filled, rng)
                if generated
                else vary_fill(original, filled, rng, same_content=twin.mask is None)
            )
        if not generated and rng.random() < settings.camera_jpeg_share:
            offset = (int(rng.integers(8)), int(rng.integers(8)))
            original = compress(original, int(rng.integers(65, 98)), offset)
        made = filled if generated else paste(original, filled, to_levels(mask))
        if rng.random() < settings.overlay_share:
            original, made, mask = draw_overlay(original, made, mask, rng)
        pair = [chain.apply(pixels, settings.crop) for pixels in (original, made)]
        target = torch.zeros(2, 1, settings.crop // 4, settings.crop // 4)
        target[1, 0] = torch.from_numpy(cell_shares(mask, settings.crop // 4))
        return {
            "images": torch.stack([to_chw(pixels) for pixels in pair]),
            "map_target": target,
            "synthetic": synthetic_target(target, whole=generated, known=twin.mask is None),
            "map_weight": torch.ones(2),
            "score_target": torch.tensor([[0.0, 0.0], [float(not generated), float(generated)]]),
        }

    def _cut(
        self, twin: _Twin, side: int, rng: np.random.Generator
    ) -> tuple[Pixels, Pixels, NDArray[np.float32]]:
        original, filled = self.bank.image(twin.original), self.bank.image(twin.filled)
        height, width = original.shape[:2]
        mask = None if twin.mask is None else self.bank.image(twin.mask)[..., 0] == 255
        corner = place_window(np.zeros((height, width), bool) if mask is None else mask, side, rng)
        flip = rng.random() < 0.5
        parts = [cut_window(a, corner, side, flip) for a in (original, filled)]
        shape = parts[0].shape[:2]
        cut = self._draw_mask(shape, rng) if mask is None else cut_window(mask, corner, side, flip)
        alpha = cut.astype(np.float32)
        if rng.random() < self.settings.soft_share:
            alpha = _soften(cut, rng.uniform(0.5, 4.0))
        return reach(parts[0], side), reach(parts[1], side), reach(alpha, side)

    def _draw_mask(self, shape_hw: tuple[int, ...], rng: np.random.Generator) -> Mask:
        low, high = self.settings.area
        size_hw = (shape_hw[0], shape_hw[1])
        mask = np.zeros(size_hw, dtype=bool)
        for part in (1, 2) if rng.random() < 0.3 else (1,):
            draw = list(SHAPES.values())[rng.integers(len(SHAPES))]
            mask |= draw(size_hw, (low + (high - low) * float(rng.random()) ** 1.5) / part, rng)
        return mask


def draw_overlay(
    original: Pixels,
    made: Pixels,
    alpha: NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[Pixels, Pixels, NDArray[np.float32]]:
    """Draw the same flat shapes on both pictures; what they cover is synthesised no more."""
    height, width = alpha.shape
    ink = Image.new("L", (width, height))
    pen = ImageDraw.Draw(ink)
    for _ in range(int(rng.integers(1, 12))):
        x, y = rng.integers(width), rng.integers(height)
        length, thick = rng.integers(3, max(4, width // 4)), int(rng.integers(1, 6))
        if rng.random() < 0.5:
            pen.line((int(x), int(y), int(x + length), int(y + rng.integers(-8, 9))), 255, thick)
        else:
            pen.rectangle((int(x), int(y), int(x + length), int(y + thick * 2)), 255)
    cover = np.asarray(ink) > 0
    colour = rng.integers(0, 256, 3).astype(np.uint8)
    return (
        np.where(cover[..., None], colour, original),
        np.where(cover[..., None], colour, made),
        np.where(cover, np.float32(0), alpha),
    )


def to_levels(alpha: NDArray[np.float32]) -> Pixels:
    """Return a soft mask in [0, 1] as grey levels, as masks are pasted by."""
    levels: Pixels = np.rint(alpha * np.float32(255)).astype(np.uint8)
    return levels


def cell_shares(alpha: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Return the share of synthesised pixels in each of `cells` squared cells, float32."""
    replaced = Image.fromarray((alpha >= 0.5).astype(np.float32))
    return np.array(replaced.resize((cells, cells), Image.Resampling.BOX))


def _index(sample: Sample, paths: dict[Path, int]) -> _Twin:
    root, name = sample.image.parent.parent, sample.image.name
    wanted = [root / "original" / name, sample.image]
    redrawn = sample.label == "generated"
    mask = (root / "mask" / name).with_suffix(".png")
    if not redrawn or (sample.mask_kind != "full" and mask.is_file()):
        wanted.append(mask)
    places = [paths.setdefault(path, len(paths)) for path in wanted]
    return _Twin(places[0], places[1], places[2] if len(places) > 2 else None, redrawn)


def _soften(cut: Mask, sigma: float) -> NDArray[np.float32]:
    image = Image.fromarray(cut.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(sigma))
    return np.asarray(image, np.float32) / np.float32(255)


def to_chw(pixels: Pixels) -> Tensor:
    """Return a copy of uint8 (H, W, 3) as (3, H, W)."""
    return torch.from_numpy(np.array(pixels.transpose(2, 0, 1)))
