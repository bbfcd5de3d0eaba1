"""`train --task inpainter`: a hole-filling network on a folder of photos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from inpaintscan import __version__
from inpaintscan.data.bank import PixelBank
from inpaintscan.gen_data.masks import SHAPES
from inpaintscan.nets import NETWORKS
from inpaintscan.nets.critic import PatchCritic, hinge_losses
from inpaintscan.train.distributed import Processes
from inpaintscan.train.loop import Batch, LoopConfig, rng_for, train
from inpaintscan.train.photos import PhotoCrops, photo_banks
from inpaintscan.train.texture import texture_loss
from inpaintscan.weights import Card, write_weights

_AREAS = (0.02, 0.4)


@dataclass(frozen=True, slots=True)
class InpainterSettings:
    """What to train and on which crops."""

    arch: str = "gated"
    """`gated`, `partial` or `fourier`."""
    arch_args: dict[str, Any] = field(default_factory=dict)
    crop: int = 128
    adversarial: float = 0.05
    """Weight of the patch discriminator's word."""
    texture: float = 3.0
    """Weight of the texture loss: without it short training ends in blur."""
    validation_crops: int = 64


class HoledCrops(PhotoCrops):
    """Crops with a random hole: `image` (3, s, s) and `mask` (1, s, s), 1 = hole."""

    def __getitem__(self, index: int) -> Batch:
        batch = super().__getitem__(index)
        rng = rng_for(self.seed + 1, index)
        shape = list(SHAPES.values())[rng.integers(len(SHAPES))]
        area = float(np.exp(rng.uniform(*np.log(_AREAS))))
        mask = shape((self.size, self.size), area, rng)
        return {**batch, "mask": torch.from_numpy(mask)[None].float()}


class _Pair(nn.Module):
    def __init__(self, inpainter: nn.Module, critic: PatchCritic) -> None:
        super().__init__()
        self.inpainter, self.critic = inpainter, critic

    def forward(self, images: Tensor, masks: Tensor) -> list[Tensor]:
        both = getattr(self.inpainter, "both", None)
        if both is not None:
            return list(both(images, masks))
        return [self.inpainter(images, masks)]


class InpainterTask:
    """L1 of each pass, texture, and a critic that sees the pasted result and the hole."""

    metric = "psnr_in_hole"

    def __init__(
        self, settings: InpainterSettings, photos: Sequence[Path], cache: Path, seed: int
    ) -> None:
        self.settings = settings
        banks: tuple[PixelBank, PixelBank] = photo_banks(photos, cache)
        self.samples = HoledCrops(banks[0], settings.crop, seed)
        self.held_out = HoledCrops(banks[1], settings.crop, seed)
        inpainter = NETWORKS[settings.arch](**settings.arch_args)
        self.network: nn.Module = _Pair(inpainter, PatchCritic(inputs=4, width=24))

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch of holed crops."""
        images, masks = batch["image"], batch["mask"]
        outputs = network(images, masks)
        loss = torch.stack([hole_l1(output, images, masks) for output in outputs]).sum()
        filled = outputs[-1] * masks + images * (1 - masks)
        loss = loss + self.settings.texture * texture_loss(filled, images, masks)
        pair = cast("_Pair", getattr(network, "module", network))
        generator, doubt = hinge_losses(
            pair.critic, torch.cat([images, masks], dim=1), torch.cat([filled, masks], dim=1)
        )
        return loss + self.settings.adversarial * generator + doubt

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return the PSNR inside the hole, in dB, on held-out photos."""
        assert isinstance(network, _Pair)
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


def hole_l1(output: Tensor, images: Tensor, masks: Tensor) -> Tensor:
    """Return L1 where the hole counts ten times: what is known is easy to copy."""
    difference = (output.float() - images).abs()
    inside = (difference * masks).sum() / (3 * masks.sum()).clamp(min=1)
    return inside + 0.1 * difference.mean()


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
    task = InpainterTask(settings, photos, run_dir, config.seed)
    pair = train(task, config, run_dir, resume, keep="last")
    assert isinstance(pair, _Pair)
    with torch.inference_mode():
        figures = task.validate(pair)
    card = Card(
        name=output.stem,
        task="inpainter",
        arch=settings.arch,
        arch_args=settings.arch_args,
        classes=(),
        input={"fit": "tile", "size": 256, "multiple": 16},
        training={"settings": asdict(settings), "loop": asdict(config), "validation": figures},
        tool_version=__version__,
    )
    if Processes.join().first:
        write_weights(output, pair.inpainter, card)
    return card
