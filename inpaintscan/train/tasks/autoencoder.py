"""`train --task autoencoder`: a small autoencoder on a folder of photos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan import __version__
from inpaintscan.nets.generators.autoencoder import Autoencoder, kl_divergence, sample_latent
from inpaintscan.nets.losses.critic import PatchCritic, hinge_losses
from inpaintscan.train.crops.photo_crops import PhotoCrops, photo_banks
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.loop.loop import Batch, train
from inpaintscan.train.settings import LoopConfig
from inpaintscan.weights import Card, Input, write_weights


@dataclass(frozen=True, slots=True)
class AutoencoderSettings:
    """What to train and on which crops."""

    arch: dict[str, Any] = field(default_factory=dict)
    """Arguments of `Autoencoder`."""
    crop: int = 128
    adversarial: float = 0.0
    """Weight of the patch discriminator's word; 0 leaves it out and fills stay smooth."""
    kl: float = 1e-4
    validation_crops: int = 64


class _Pair(nn.Module):
    def __init__(self, autoencoder: Autoencoder, critic: PatchCritic | None) -> None:
        super().__init__()
        self.autoencoder, self.critic = autoencoder, critic

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.autoencoder.encode(images)
        decoded = self.autoencoder.decode(sample_latent(mean, log_variance))
        return decoded, kl_divergence(mean, log_variance)


class AutoencoderTask:
    """L1 in pixels and in gradients, a little KL, and the adversarial loss if wanted."""

    metric = "psnr"

    def __init__(
        self, settings: AutoencoderSettings, photos: Sequence[Path], cache: Path, seed: int
    ) -> None:
        self.settings = settings
        train_bank, held_out = photo_banks(photos, cache)
        self.samples = PhotoCrops(train_bank, settings.crop, seed)
        self.held_out = PhotoCrops(held_out, settings.crop, seed)
        critic = PatchCritic(width=16, levels=3) if settings.adversarial else None
        self.network: nn.Module = _Pair(Autoencoder(**settings.arch), critic)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch of crops."""
        images = batch["image"]
        decoded, divergence = network(images)
        loss: Tensor = reconstruction_loss(decoded, images) + self.settings.kl * divergence
        if self.settings.adversarial:
            pair = cast("_Pair", getattr(network, "module", network))
            assert pair.critic is not None
            verdict = hinge_losses(pair.critic, images, decoded)
            loss = loss + self.settings.adversarial * verdict.generator + verdict.critic
        return loss

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return the PSNR, in dB, of reconstructions of held-out photos."""
        assert isinstance(network, _Pair)
        device = next(network.parameters()).device
        crops = [self.held_out[i]["image"] for i in range(self.settings.validation_crops)]
        errors = [
            (network.autoencoder(part) - part).square().mean(dim=(1, 2, 3))
            for part in torch.split(torch.stack(crops).to(device), 16)
        ]
        error = torch.cat(errors).clamp(min=1e-10)
        return {"psnr": float((-10 / math.log(10) * error.log()).mean())}


def reconstruction_loss(decoded: Tensor, images: Tensor) -> Tensor:
    """Return L1 on pixels plus L1 on their horizontal and vertical differences."""
    decoded = decoded.float()
    difference = decoded - images
    across = (difference[..., 1:] - difference[..., :-1]).abs().mean()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    return functional.l1_loss(decoded, images) + across + down


def train_autoencoder(
    photos: Sequence[Path],
    output: Path,
    settings: AutoencoderSettings,
    config: LoopConfig,
    run_dir: Path,
    resume: bool = False,
) -> Card:
    """Train on folders of photos and write a weights file that `gen-data --vae FILE` takes."""
    torch.manual_seed(config.seed)
    task = AutoencoderTask(settings, photos, run_dir, config.seed)
    pair = train(task, config, run_dir, resume)
    assert isinstance(pair, _Pair)
    with torch.inference_mode():
        figures = task.validate(pair)
    card = Card(
        name=output.stem,
        task="autoencoder",
        arch="autoencoder",
        arch_args=settings.arch,
        classes=(),
        input=Input(multiple=pair.autoencoder.factor),
        training={"settings": asdict(settings), "loop": asdict(config), "validation": figures},
        tool_version=__version__,
    )
    if Processes.join().first:
        write_weights(output, pair.autoencoder, card)
    return card
