"""Fills small pictures from themselves, patch by patch, coarse to fine (Wexler et al. 2007)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from inpaintscan.nets.generators.membrane import membrane

_PATCH = 5
_RIM = _PATCH // 2
_COARSEST = 16
"""The coarsest picture's shorter side is at least this and less than twice this."""
_ROUNDS = (6, 3, 0)
"""Rounds at the coarsest, the next and all finer sizes."""
_TEXTURE = 5.0
_TEXTURE_SIDE = 7
_CHUNK = 2048
"""Patches compared at a time with all others."""


@torch.no_grad()
def exemplar_fill(pictures_bchw: Tensor, holes_b1hw: Tensor) -> Tensor:
    """Return pictures (B, 3, h, w) with each hole's pixels put together from known ones.

    `holes_b1hw` is 1 in the hole, where the pictures hold a first guess, such as the membrane. By
    turns every patch that touches the hole looks for the known patch most alike, and those found
    are averaged where they overlap; in the end pixels are copied. How rough the neighbourhood is
    counts as a colour does (Newson et al. 2014): without it, the flat patches win everywhere. A
    picture without a known patch comes back as it was.
    """
    levels = [(_with_texture(pictures_bchw, holes_b1hw), holes_b1hw)]
    while min(levels[-1][1].shape[-2:]) >= 2 * _COARSEST:
        pictures, holes = levels[-1]
        levels.append((functional.avg_pool2d(pictures, 2), functional.max_pool2d(holes, 2)))
    filled = levels[-1][0]
    for number, (pictures, holes) in enumerate(reversed(levels)):
        size = (pictures.shape[-2], pictures.shape[-1])
        guess = functional.interpolate(filled, size=size, mode="bilinear")
        filled = torch.where(holes > 0, guess, pictures)
        for _ in range(_ROUNDS[min(number, len(_ROUNDS) - 1)]):
            filled = _each(filled, holes, sharp=False)
    return _each(filled, holes_b1hw, sharp=True)[:, :3].to(pictures_bchw)


def _with_texture(pictures: Tensor, holes: Tensor) -> Tensor:
    """Return the pictures and how rough they are across and down, bridged over the holes."""
    pictures = pictures.float()
    known = 1 - functional.max_pool2d(holes.float(), 3, 1, 1)
    across = functional.pad(pictures.diff(dim=3).abs().mean(1, keepdim=True), (0, 1, 0, 0))
    down = functional.pad(pictures.diff(dim=2).abs().mean(1, keepdim=True), (0, 0, 0, 1))
    share = _blurred(known)
    rough = _blurred(torch.cat([across, down], dim=1) * known) / share.clamp(min=1e-3)
    unknown = (share < 0.05).to(rough)
    return torch.cat([pictures, _TEXTURE * membrane(rough, unknown)], dim=1)


def _blurred(maps: Tensor) -> Tensor:
    side = _TEXTURE_SIDE
    return functional.avg_pool2d(maps, side, 1, side // 2, count_include_pad=False)


def _each(pictures: Tensor, holes: Tensor, sharp: bool) -> Tensor:
    return torch.stack(
        [_round(picture, hole, sharp) for picture, hole in zip(pictures, holes, strict=True)]
    )


def _round(picture: Tensor, hole: Tensor, sharp: bool) -> Tensor:
    """Fill the hole (1, h, w) of a picture (C, h, w) once from the patches most alike.

    `sharp` takes of each patch its middle alone, so nothing is averaged, and bends the colours so
    that no seam is left: what a copy misses at the rim, all round, is added as a membrane.
    """
    height, width = picture.shape[-2:]
    padded = functional.pad(picture[None], (_RIM,) * 4, mode="replicate")
    patches = functional.unfold(padded, _PATCH)[0].t()
    touched = functional.max_pool2d(hole[None], _PATCH, 1, _RIM)[0, 0] > 0
    usable = torch.zeros_like(touched)
    usable[_RIM:-_RIM, _RIM:-_RIM] = ~touched[_RIM:-_RIM, _RIM:-_RIM]
    lacking, known = touched.flatten().nonzero()[:, 0], usable.flatten().nonzero()[:, 0]
    if not len(lacking) or not len(known):
        return picture
    choice = patches[known]
    found = [torch.cdist(part, choice).min(dim=1) for part in torch.split(patches[lacking], _CHUNK)]
    distance = torch.cat([values for values, _ in found])
    sources = known[torch.cat([places for _, places in found])]
    if sharp:
        pixels = picture.flatten(1).clone()
        pixels[:, lacking] = pixels[:, sources]
        copied = pixels.view_as(picture)
        rim = touched & (hole[0] == 0)
        gap = membrane((picture - copied)[None] * rim, (~rim)[None, None].to(picture))[0]
        return torch.where(hole > 0, copied + gap, picture)
    trust = torch.ones(len(patches), 1).to(patches)
    spread = distance.quantile(0.75) + 1e-4
    trust[lacking, 0] = torch.exp(-((distance / spread) ** 2)).clamp(min=1e-6)
    votes = patches.clone()
    votes[lacking] = patches[sources]
    size = (height + 2 * _RIM, width + 2 * _RIM)
    total = functional.fold((votes * trust).t()[None], size, _PATCH)[0]
    weight = functional.fold(trust.expand(-1, _PATCH**2).t()[None], size, _PATCH)[0]
    inner = (slice(None), slice(_RIM, -_RIM), slice(_RIM, -_RIM))
    return torch.where(hole > 0, (total / weight)[inner], picture)
