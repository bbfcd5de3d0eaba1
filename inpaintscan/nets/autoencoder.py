"""Small convolutional autoencoders: cheap, varied sources of synthesised pixels.

What a detector reads is the decoder: its upsampling, depth and width. So these are the arguments,
and several shapes are trained rather than one good one.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Two 3x3 convolutions around a skip, without normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return functional.silu(features + self.body(features))


def upsampler(kind: str, inputs: int, outputs: int) -> nn.Module:
    """Return a layer that doubles height and width; each kind leaves its own trace."""
    if kind == "transposed":
        return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
    if kind == "shuffle":
        return nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2))
    if kind == "bilinear":
        grow: nn.Module = nn.UpsamplingBilinear2d(scale_factor=2)
    elif kind == "nearest":
        grow = nn.UpsamplingNearest2d(scale_factor=2)
    else:
        raise ValueError(f"unknown upsampler {kind!r}")
    return nn.Sequential(grow, nn.Conv2d(inputs, outputs, 3, padding=1))


class Autoencoder(nn.Module):
    """A KL autoencoder (Kingma and Welling 2014), a factor of 2, 4 or 8 from image to latent.

    Takes and returns (B, 3, H, W) RGB in [0, 1], sides multiples of `factor`.
    """

    def __init__(
        self, factor: int = 4, width: int = 32, latent: int = 8, upsampling: str = "nearest"
    ) -> None:
        super().__init__()
        self.factor, self.latent = factor, latent
        levels = factor.bit_length() - 1
        widths = [width * min(2**level, 4) for level in range(levels + 1)]
        encoder: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1), nn.SiLU()]
        for narrow, wide in pairwise(widths):
            encoder += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.SiLU(), Block(wide)]
        self.encoder = nn.Sequential(*encoder, nn.Conv2d(widths[-1], 2 * latent, 1))
        decoder: list[nn.Module] = [nn.Conv2d(latent, widths[-1], 3, padding=1), Block(widths[-1])]
        for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
            decoder += [upsampler(upsampling, wide, narrow), nn.SiLU()]
            decoder += [Block(narrow)] if narrow > width else []
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(widths[0], 3, 3, padding=1))

    def encode(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latent, each (B, latent, H/factor, W/factor)."""
        mean, log_variance = self.encoder(images_bchw * 2 - 1).chunk(2, dim=1)
        return mean, log_variance.clamp(-20, 10)

    def decode(self, latents: Tensor) -> Tensor:
        """Return images (B, 3, H, W) in [0, 1], not clamped while training."""
        decoded: Tensor = self.decoder(latents) / 2 + 0.5
        return decoded if self.training else decoded.clamp(0, 1)

    def forward(self, images_bchw: Tensor) -> Tensor:
        """Return the reconstruction, through the latent's mean."""
        return self.decode(self.encode(images_bchw)[0])


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the mean divergence of the latent from a unit normal, in nats an element."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def sample_latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return one sample a latent."""
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
