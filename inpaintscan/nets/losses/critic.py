"""The patch discriminator that makes fills look like photos (SN-PatchGAN, Yu et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

_TEXTURE_GAIN = 8.0


def with_texture(pictures_bchw: Tensor) -> Tensor:
    """Return (B, C + 3, H, W): the picture and its first three channels' amplified fine texture.

    A spectrally normalised critic cannot answer to less than it is shown: fine texture is a few
    hundredths of the range, and without the gain the critic never learns to miss it.
    """
    rgb = pictures_bchw[:, :3]
    smooth = functional.avg_pool2d(rgb, 3, stride=1, padding=1, count_include_pad=False)
    return torch.cat([pictures_bchw, (_TEXTURE_GAIN * (rgb - smooth)).clamp(-1, 1)], dim=1)


class PatchCritic(nn.Sequential):
    """Spectrally normalised 5x5 convolutions, stride 2, on the picture and its texture.

    The last one is free, unlike the original's: bounded throughout, the scores of so small a critic
    stay near zero for thousands of steps, and the generator hears nothing.

    Takes (B, `inputs`, H, W) in [0, 1], RGB first; returns (B, C, h, w), every cell a score.
    """

    def __init__(self, inputs: int = 3, width: int = 32, levels: int = 4) -> None:
        assert levels > 1
        widths = [inputs + 3, *(width * min(2**level, 4) for level in range(levels))]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths[:-1]):
            layers += [spectral_norm(nn.Conv2d(narrow, wide, 5, stride=2, padding=2))]
            layers += [nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Conv2d(widths[-2], widths[-1], 5, stride=2, padding=2))

    def forward(self, pictures_bchw: Tensor) -> Tensor:
        """Return scores, high for what looks real."""
        return self.judge(pictures_bchw)[-1]

    def judge(self, pictures_bchw: Tensor) -> list[Tensor]:
        """Return what each level saw, (B, C, h, w), finest first; the scores are the last."""
        seen = [with_texture(pictures_bchw)]
        for layer in self:
            seen.append(layer(seen[-1]))
        return seen[2::2] + seen[-1:]


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without reaching its parameters."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a critic says of a batch; the sum of all three may go through one backward pass."""

    critic: Tensor
    """Hinge loss of the critic, which reaches its parameters alone."""
    generator: Tensor
    """Hinge loss of the generator, which reaches the generator alone."""
    matching: Tensor
    """L1 between the critic's features of both (Wang et al. 2018), for the generator as well."""


def hinge_losses(critic: PatchCritic, real: Tensor, fake: Tensor) -> Verdict:
    """Return the losses of critic and generator for real and fake pictures (B, C, H, W)."""
    *wanted, real_scores = critic.judge(real)
    with frozen(critic):
        *found, fake_scores = critic.judge(fake)
    doubt_fake = functional.relu(1 + critic(fake.detach())).mean()
    gaps = [functional.l1_loss(f, w.detach()) for f, w in zip(found, wanted, strict=True)]
    return Verdict(
        critic=functional.relu(1 - real_scores).mean() + doubt_fake,
        generator=-fake_scores.mean(),
        matching=torch.stack(gaps).mean(),
    )
