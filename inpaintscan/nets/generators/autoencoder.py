"""Small convolutional autoencoders: cheap, varied sources of synthesised pixels.

What a detector reads is the decoder: its upsampling, depth and width. So these are the arguments,
and several shapes are trained rather than one good one.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.generators.initial import keep_scale, start_small


class Block(nn.Module):
    """Two 3x3 convolutions around a skip, without normalisation."""

    def __init__(self, width: int, separable: bool = False) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(width, separable), nn.SiLU(), _convolution(width, separable)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return functional.silu(features + self.body(features))


def _convolution(width: int, separable: bool) -> nn.Module:
    if not separable:
        return nn.Conv2d(width, width, 3, padding=1)
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width), nn.Conv2d(width, width, 1)
    )


class Noise(nn.Module):
    """Adds one map of white noise to all channels, each at its learnt strength.

    As in StyleGAN (Karras et al. 2019): the grain that no latent can carry. Drawn from torch's
    global generator, so seed it to get the same bytes again.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.full((width, 1, 1), 0.05))

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return features + self.strength * torch.randn_like(features[:, :1])


class Filtered(nn.Module):
    """Zeros put between the pixels, then the fixed filter 1-3-3-1, as in StyleGAN 2."""

    kernel: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
        self.width = width
        self.register_buffer("kernel", (line[:, None] * line).expand(width, 1, 4, 4), False)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of twice the height and width."""
        return functional.conv_transpose2d(
            features, self.kernel.to(features.dtype), stride=2, padding=1, groups=self.width
        )


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
    elif kind == "fir":
        grow = Filtered(inputs)
    else:
        raise ValueError(f"unknown upsampler {kind!r}")
    return nn.Sequential(grow, nn.Conv2d(inputs, outputs, 3, padding=1))


class Autoencoder(nn.Module):
    """A KL autoencoder (Kingma and Welling 2014), a factor of 2, 4 or 8 from image to latent.

    The first three of at least three latent channels hold the shrunken photo beside what the
    encoder adds, and the decoder draws what enlarging that lacks: so colours are right from the
    first step, and minutes of training go into texture.

    Takes and returns (B, 3, H, W) RGB in [0, 1], sides multiples of `factor`. `separable` makes the
    decoder's blocks depthwise separable, `noise` feeds it grain after every upsampling.
    """

    def __init__(
        self,
        factor: int = 4,
        width: int = 32,
        latent: int = 8,
        upsampling: str = "nearest",
        separable: bool = False,
        noise: bool = False,
    ) -> None:
        super().__init__()
        if latent < 3:
            raise ValueError(
                f"latent {latent}: must be at least 3, the channels of the shrunken photo"
            )
        self.factor, self.latent, self.noise = factor, latent, noise
        levels = factor.bit_length() - 1
        widths = [width * min(2**level, 4) for level in range(levels + 1)]
        encoder: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1), nn.SiLU()]
        for narrow, wide in pairwise(widths):
            encoder += [nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.SiLU(), Block(wide)]
        to_latent = nn.Conv2d(widths[-1], 2 * latent, 1)
        self.encoder = nn.Sequential(*encoder, to_latent)
        decoder: list[nn.Module] = [
            nn.Conv2d(latent, widths[-1], 3, padding=1),
            Block(widths[-1], separable),
        ]
        for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
            decoder += [upsampler(upsampling, wide, narrow), *([Noise(narrow)] if noise else [])]
            decoder += [nn.SiLU(), *([Block(narrow, separable)] if narrow > width else [])]
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(widths[0], 3, 3, padding=1))
        keep_scale(self)
        start_small(self.decoder[-1])
        assert to_latent.bias is not None
        nn.init.constant_(to_latent.bias[latent:], -6.0)  # hardly any noise at first

    def encode(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latent, each (B, latent, H/factor, W/factor)."""
        images = images_bchw * 2 - 1
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        shrunken = functional.avg_pool2d(images, self.factor)
        mean = mean + functional.pad(shrunken, (0, 0, 0, 0, 0, self.latent - 3))
        return mean, log_variance.clamp(-20, 10)

    def decode(self, latents: Tensor) -> Tensor:
        """Return images (B, 3, H, W) in [0, 1], not clamped while training."""
        enlarged = functional.interpolate(latents[:, :3], scale_factor=self.factor, mode="bilinear")
        decoded: Tensor = (self.decoder(latents) + enlarged) / 2 + 0.5
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
