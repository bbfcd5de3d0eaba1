"""The patch discriminator that makes fills look like photos (SN-PatchGAN, Yu et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
        widths = [inputs + 3, *(width * min(2**level, 4) for level in range(levels))]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths[:-1]):
            layers += [spectral_norm(nn.Conv2d(narrow, wide, 5, stride=2, padding=2))]
            layers += [nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Conv2d(widths[-2], widths[-1], 5, stride=2, padding=2))

    def forward(self, pictures_bchw: Tensor) -> Tensor:
        """Return scores, high for what looks real."""
        scores = with_texture(pictures_bchw)
        for layer in self:
            scores = layer(scores)
        return scores


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


def hinge_losses(critic: nn.Module, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the generator's and the critic's hinge loss; one backward pass serves both."""
    with frozen(critic):
        generator = -critic(fake).mean()
    doubt_real = functional.relu(1 - critic(real)).mean()
    doubt_fake = functional.relu(1 + critic(fake.detach())).mean()
    return generator, doubt_real + doubt_fake
