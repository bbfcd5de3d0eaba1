"""Fourier-convolution inpainting for large holes (LaMa, Suvorov et al. 2022)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.nets.generators.initial import keep_scale, start_small
from inpaintscan.nets.generators.membrane import add_grain


class SpectralTransform(nn.Module):
    """A 1x1 convolution in the frequency domain: every output pixel sees the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2 * width, 2 * width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape, computed in float32."""
        with torch.autocast(features.device.type, enabled=False):
            spectrum = torch.fft.rfft2(features.float(), norm="ortho")
            stacked = torch.cat([spectrum.real, spectrum.imag], dim=1)
            real, imaginary = functional.relu(self.convolution(stacked)).chunk(2, dim=1)
            size = (features.shape[-2], features.shape[-1])
            filtered = torch.complex(real, imaginary)
            output: Tensor = torch.fft.irfft2(filtered, s=size, norm="ortho")
            return output


class FourierBlock(nn.Module):
    """A residual fast Fourier convolution: three quarters of the channels global, one local.

    Local and global parts talk through 3x3 convolutions, as figure 2 of the paper.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.local_width = width // 4
        wide = width - self.local_width
        self.local = nn.Conv2d(width, self.local_width, 3, padding=1)
        self.across = nn.Conv2d(self.local_width, wide, 3, padding=1)
        self.spectral = SpectralTransform(wide)
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        near, far = features.tensor_split([self.local_width], dim=1)
        near_out = self.local(features)
        far_out = self.across(near) + self.spectral(far).to(features.dtype)
        joined = functional.relu(torch.cat([near_out, far_out], dim=1))
        mixed: Tensor = self.mix(joined)
        return features + mixed


class FourierInpainter(CoarseInpainter):
    """Down by 4, Fourier blocks, up by 4; draws what the first guess lacks.

    The paper goes down by 8 from full size and has 9 or 18 blocks of 512 channels. It grows by
    transposed convolutions, which leave a lattice until trained for long; here pixels are doubled.
    """

    def __init__(
        self, width: int = 32, blocks: int = 6, shrink: int = 4, exemplar: bool | None = None
    ) -> None:
        super().__init__(shrink, exemplar)
        widths = [width, 2 * width, 4 * width]
        layers: list[nn.Module] = [nn.Conv2d(4, width, 7, padding=3), nn.ReLU()]
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.ReLU()]
        layers += [FourierBlock(widths[-1]) for _ in range(blocks)]
        for wide, narrow in pairwise(widths[::-1]):
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(wide, narrow, 3, padding=1)]
            layers += [nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 3, 7, padding=3))
        keep_scale(self)
        start_small(self.layers[-1], 0.02)
        for layer in self.layers:
            if isinstance(layer, FourierBlock):
                start_small(layer.mix, 0.3)

    def draw(self, small: Tensor, hole: Tensor) -> Tensor:
        """Return what the network adds to the guess."""
        drawn: Tensor = self.layers(torch.cat([add_grain(small, hole), hole], dim=1))
        return drawn
