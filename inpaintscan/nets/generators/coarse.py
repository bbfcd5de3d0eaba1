"""What every inpainter here shares: it fills a shrunk photo, whose detail is then copied back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.generators.detail import copy_detail
from inpaintscan.nets.generators.exemplar import exemplar_fill
from inpaintscan.nets.generators.membrane import membrane

SHRINKS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Holed:
    """Photos with holes at full size and shrunk, RGB in [-1, 1]."""

    surface: Tensor
    """(B, 3, H, W), the membrane in the holes."""
    masks: Tensor
    """(B, 1, H, W), 1 = hole."""
    small: Tensor
    """(B, 3, h, w), block means of the surface, a first guess in the holes."""
    hole: Tensor
    """(B, 1, h, w), 1 where any pixel of the block lies in the hole."""

    @classmethod
    def of(
        cls, images_bchw: Tensor, masks_b1hw: Tensor, shrink: int, exemplar: bool = False
    ) -> Holed:
        """Make them of RGB in [0, 1]; sides are multiples of `shrink`.

        The first guess is the membrane or, with `exemplar`, made of the photo's own patches.
        """
        surface = membrane(images_bchw * 2 - 1, masks_b1hw)
        small = functional.avg_pool2d(surface, shrink)
        hole = functional.max_pool2d(masks_b1hw, shrink)
        guess = exemplar_fill(small, hole) if exemplar else small
        return cls(surface, masks_b1hw, guess, hole)

    def finish(self, coarse: Tensor, blur: int = 1) -> tuple[Tensor, Tensor]:
        """Return a shrunk fill (B, 3, h, w) at full size: without detail, and with it, pasted.

        Places are compared in the fill shrunk once more, by `blur`.
        """
        factor = self.masks.shape[-1] // self.hole.shape[-1]
        pasted = torch.where(self.hole > 0, coarse.to(self.small), self.small)
        if factor == 1:
            return pasted, pasted
        smooth = _grown(pasted, factor)
        lost = self.surface - _grown(functional.avg_pool2d(self.surface, factor), factor)
        detail = copy_detail(functional.avg_pool2d(pasted, blur), lost, self.masks)
        return smooth, torch.where(self.masks > 0, smooth + detail, self.surface)


class CoarseInpainter(nn.Module, ABC):
    """Fills holes at 1 / `shrink` of the size, adding to a first guess, and copies detail to it.

    So the networks have only structure to learn, and the texture is the photo's own (Yi et al.
    2020). With `exemplar` the first guess is put together from the photo's patches, otherwise it is
    the membrane; None is `exemplar` unless `shrink` is 1, which is the way of the papers and needs
    a GPU and patience.

    Takes images (B, 3, H, W) RGB in [0, 1] and masks (B, 1, H, W), 1 = hole; sides are multiples of
    16 times `shrink`. Returns the whole frame in [0, 1]; what is outside the hole is for the caller
    to keep.
    """

    critic_levels: Sequence[int] = (3,)
    """Strided convolutions of the critic of each pass."""
    redraws: bool = False
    """Pixels outside the hole change as well."""

    def __init__(self, shrink: int, exemplar: bool | None) -> None:
        super().__init__()
        if shrink not in SHRINKS:
            raise ValueError(f"shrink {shrink!r}: must be one of {', '.join(map(str, SHRINKS))}")
        self.shrink = shrink
        self.exemplar = shrink > 1 if exemplar is None else exemplar

    @abstractmethod
    def draw(self, small: Tensor, hole: Tensor) -> Tensor:
        """Return what the guess lacks, (B, 3, h, w), of pictures in [-1, 1] and their holes."""

    def look(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Holed:
        """Return the photos, shrunk and not, with a first guess in the holes."""
        return Holed.of(images_bchw, masks_b1hw, self.shrink, self.exemplar)

    def passes(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Iterator[Tensor]:
        """Give the output of one pass after the other, not clamped, each at its own size."""
        holed = self.look(images_bchw, masks_b1hw)
        yield (holed.small + self.draw(holed.small, holed.hole)) / 2 + 0.5

    def forward(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
        """Return the filled frame in [0, 1]."""
        holed = self.look(images_bchw, masks_b1hw)
        _, pasted = holed.finish(holed.small + self.draw(holed.small, holed.hole))
        return (pasted / 2 + 0.5).clamp(0, 1)


@torch.no_grad()
def fill_shrunk(
    inpainter: CoarseInpainter, images_bchw: Tensor, masks_b1hw: Tensor, factor: int
) -> Tensor:
    """Fill photos that are larger than what the inpainter was trained on, (B, 3, H, W) in [0, 1].

    It sees them shrunk by `factor`, and detail is copied from them as it does itself; 1 is the
    inpainter alone. Sides are multiples of `factor` times its own multiple.
    """
    if factor == 1:
        filled: Tensor = inpainter(images_bchw, masks_b1hw)
        return filled
    holed = Holed.of(images_bchw, masks_b1hw, factor)
    filled = inpainter(holed.small / 2 + 0.5, holed.hole)
    _, pasted = holed.finish(filled * 2 - 1, blur=4)
    return (pasted / 2 + 0.5).clamp(0, 1)


def _grown(pictures_bchw: Tensor, factor: int) -> Tensor:
    return functional.interpolate(pictures_bchw, scale_factor=factor, mode="bilinear")
