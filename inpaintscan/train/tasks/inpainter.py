"""`train --task inpainter`: a hole-filling network on a folder of photos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan import __version__
from inpaintscan.data.bank import PixelBank
from inpaintscan.errors import UsageError
from inpaintscan.gen_data.inpainters.networks import MULTIPLE
from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.nets import NETWORKS
from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.nets.losses.critic import PatchCritic, hinge_losses
from inpaintscan.nets.losses.perceptual import PerceptualLoss
from inpaintscan.train.crops.photo_crops import PhotoCrops, photo_banks
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.loop.loop import Batch, rng_for, train
from inpaintscan.train.losses.texture import texture_loss
from inpaintscan.train.settings import LoopConfig
from inpaintscan.weights import Card, write_weights

_AREAS = (0.02, 0.4)
_WINDOW = 64
"""Side of what VGG-16 is shown of a crop: all of it would cost more than the rest together."""
_CONTENT, _STYLE = 0.05, 5.0
"""Weights of what VGG-16 sees, the style's beside L1 in the hole as in Liu et al. 2018."""
_MATCHING = 10.0
"""Weight of the feature-matching loss beside the adversarial one (Suvorov et al. 2022)."""
_TEXTURE = 3.0
"""Weight of the texture loss, where there is no VGG-16: without either, training ends in blur."""
_MOMENTUM = 0.5
_COARSE_SHARE = 0.6
"""Share of the steps in which only the first of several passes is trained."""


@dataclass(frozen=True, slots=True)
class InpainterSettings:
    """What to train and on which crops."""

    arch: str = "gated"
    """`gated`, `partial` or `fourier`."""
    arch_args: dict[str, Any] = field(default_factory=dict)
    crop: int = 256
    perceptual: str | None = None
    """Where VGG-16's weights are, for what fills look like: "download" or a file; None for none."""
    adversarial: float = 0.5
    """Weight of the adversarial loss of the patch critics; 0 leaves them out."""
    validation_crops: int = 64


class HoledCrops(PhotoCrops):
    """Crops with a random hole: `image` (3, s, s), `mask` (1, s, s), 1 = hole, and `index`."""

    def __getitem__(self, index: int) -> Batch:
        batch = super().__getitem__(index)
        rng = rng_for(self.seed + 1, index)
        shape = list(SHAPES.values())[rng.integers(len(SHAPES))]
        area = float(np.exp(rng.uniform(*np.log(_AREAS))))
        mask = shape((self.size, self.size), area, rng)
        hole = torch.from_numpy(mask)[None].float()
        return {**batch, "mask": hole, "index": torch.tensor(index)}


class _Players(nn.Module):
    """A network and a critic for each of its passes.

    How many samples train the first pass alone goes into checkpoints, so that a resumed run keeps
    to the plan that it began with.
    """

    coarse_samples: Tensor

    def __init__(self, inpainter: CoarseInpainter, coarse_samples: int) -> None:
        super().__init__()
        self.inpainter = inpainter
        self.register_buffer("coarse_samples", torch.tensor(coarse_samples))
        self.critics = nn.ModuleList(
            PatchCritic(inputs=4, width=24, levels=levels) for levels in inpainter.critic_levels
        )

    def forward(self, images: Tensor, masks: Tensor, coarse_only: bool) -> list[Tensor]:
        return list(islice(self.inpainter.passes(images, masks), 1 if coarse_only else None))


class InpainterTask:
    """For each pass of the network: L1, the losses of VGG-16, and the adversarial loss.

    Without VGG-16 a loss of texture stands in. The critic sees the pasted result and the hole. A
    pass may be smaller than the photo; it is held against the photo shrunk to its size. The first
    `coarse_samples` train the first of several passes only.
    """

    metric = "psnr_in_hole"

    def __init__(
        self,
        settings: InpainterSettings,
        photos: Sequence[Path],
        cache: Path,
        seed: int,
        coarse_samples: int = 0,
    ) -> None:
        self.settings = settings
        self.network: nn.Module = _Players(_build(settings), coarse_samples)
        self.perceptual = PerceptualLoss(settings.perceptual) if settings.perceptual else None
        banks: tuple[PixelBank, PixelBank] = photo_banks(photos, cache)
        self.samples = HoledCrops(banks[0], settings.crop, seed)
        self.held_out = HoledCrops(banks[1], settings.crop, seed)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch of holed crops."""
        images, masks = batch["image"], batch["mask"]
        players = cast("_Players", getattr(network, "module", network))
        coarse_only = bool((batch["index"] < players.coarse_samples).all())
        outputs = network(images, masks, coarse_only)
        critics = cast("list[PatchCritic]", list(players.critics))
        losses = [
            self._pass_loss(critic, output, *at_size(images, masks, output))
            for critic, output in zip(critics, outputs, strict=False)
        ]
        idle = sum(parameter.sum() for parameter in network.parameters())
        return torch.stack(losses).sum() + 0 * idle

    def _pass_loss(
        self, critic: PatchCritic, output: Tensor, images: Tensor, masks: Tensor
    ) -> Tensor:
        filled = output * masks + images * (1 - masks)
        loss = hole_l1(output, images, masks)
        if self.settings.adversarial:
            verdict = hinge_losses(
                critic, torch.cat([images, masks], dim=1), torch.cat([filled, masks], dim=1)
            )
            word = verdict.generator + _MATCHING * verdict.matching
            loss = loss + verdict.critic + self.settings.adversarial * word
        if self.perceptual is None:
            return loss + _TEXTURE * texture_loss(filled, images, masks)
        seen = hole_windows(torch.cat([filled, images], dim=1), masks, _WINDOW)
        content, style = self.perceptual.to(images.device)(seen[:, :3], seen[:, 3:])
        return loss + _CONTENT * cast("Tensor", content) + _STYLE * cast("Tensor", style)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return the PSNR inside the hole, in dB, on held-out photos."""
        assert isinstance(network, _Players)
        device = next(network.parameters()).device
        crops = [self.held_out[i] for i in range(self.settings.validation_crops)]
        errors = []
        for start in range(0, len(crops), 16):
            part = crops[start : start + 16]
            images = torch.stack([crop["image"] for crop in part]).to(device)
            masks = torch.stack([crop["mask"] for crop in part]).to(device)
            squared = (network.inpainter(images, masks) - images).square() * masks
            errors.append(squared.sum(dim=(1, 2, 3)) / (3 * masks.sum(dim=(1, 2, 3))))
        error = torch.cat(errors).clamp(min=1e-10)
        return {"psnr_in_hole": float((-10 / math.log(10) * error.log()).mean())}


def _build(settings: InpainterSettings) -> CoarseInpainter:
    try:
        network = NETWORKS[settings.arch](**settings.arch_args)
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise UsageError(f"--arch {settings.arch}: {error}") from error
    assert isinstance(network, CoarseInpainter)
    multiple = MULTIPLE * network.shrink
    if settings.crop % multiple:
        raise UsageError(f"--size {settings.crop}: must be a multiple of {multiple}")
    return network


def at_size(images: Tensor, masks: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """Return images (B, 3, h, w) and masks (B, 1, h, w) at the size of a pass's output."""
    factor = images.shape[-1] // output.shape[-1]
    return functional.avg_pool2d(images, factor), functional.max_pool2d(masks, factor)


def hole_windows(pictures: Tensor, masks: Tensor, side: int) -> Tensor:
    """Return a square (B, C, side, side) around a random pixel of each hole, inside the frame.

    Of a smaller frame, its shorter side squared.
    """
    side = min(side, *pictures.shape[-2:])
    width = pictures.shape[-1]
    chosen = torch.multinomial(masks.flatten(1).float() + 1e-6, 1)[:, 0].tolist()
    windows = []
    for picture, place in zip(pictures, chosen, strict=True):
        top, left = (
            min(max(0, centre - side // 2), limit - side)
            for centre, limit in zip(divmod(place, width), picture.shape[-2:], strict=True)
        )
        windows.append(picture[:, top : top + side, left : left + side])
    return torch.stack(windows)


def hole_l1(output: Tensor, images: Tensor, masks: Tensor) -> Tensor:
    """Return L1 where the hole counts ten times: what is known is easy to copy."""
    difference = (output.float() - images).abs()
    holes = masks.sum(dim=(1, 2, 3))
    inside = (difference * masks).sum(dim=(1, 2, 3)) / (3 * holes).clamp(min=1)
    return inside.mean() + 0.1 * difference.mean()


def train_inpainter(
    photos: Sequence[Path],
    output: Path,
    settings: InpainterSettings,
    config: LoopConfig,
    run_dir: Path,
    resume: bool = False,
) -> Card:
    """Train on folders of photos and write a weights file that `gen-data --method` takes.

    The last weights are kept, not those of the best PSNR, which prefers blur to texture.
    """
    torch.manual_seed(config.seed)
    early = round(_COARSE_SHARE * config.steps) * config.batch_size
    task = InpainterTask(settings, photos, run_dir, config.seed, early)
    players = train(task, replace(config, momentum=_MOMENTUM), run_dir, resume, keep="last")
    assert isinstance(players, _Players)
    with torch.inference_mode():
        figures = task.validate(players)
    shown = replace(settings, perceptual=settings.perceptual and Path(settings.perceptual).name)
    card = Card(
        name=output.stem,
        task="inpainter",
        arch=settings.arch,
        arch_args=settings.arch_args,
        classes=(),
        training={"settings": asdict(shown), "loop": asdict(config), "validation": figures},
        tool_version=__version__,
    )
    if Processes.join().first:
        write_weights(output, players.inpainter, card)
    return card
