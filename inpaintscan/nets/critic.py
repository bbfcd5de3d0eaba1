"""The patch discriminator that makes fills look like photos (SN-PatchGAN, Yu et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm


class PatchCritic(nn.Sequential):
    """Spectrally normalised 5x5 convolutions, stride 2; one score a patch.

    Takes (B, `inputs`, H, W) in [0, 1]; returns (B, C, h, w), every cell a score.
    """

    def __init__(self, inputs: int = 3, width: int = 32, levels: int = 4) -> None:
        widths = [inputs, *(width * min(2**level, 4) for level in range(levels))]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(narrow, wide, 5, stride=2, padding=2))]
            layers += [nn.LeakyReLU(0.2)]
        super().__init__(*layers[:-1])


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
