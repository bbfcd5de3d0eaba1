"""Fourier-convolution inpainting for large holes (LaMa, Suvorov et al. 2022)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from inpaintscan.nets.initial import keep_scale, start_small
from inpaintscan.nets.membrane import add_grain, membrane


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


class FourierInpainter(nn.Module):
    """Down by 8, Fourier blocks, up by 8; draws what the membrane over the hole lacks.

    Takes images (B, 3, H, W) RGB in [0, 1] and masks (B, 1, H, W), 1 = hole; sides multiples of 8.
    Returns the raw output for the whole frame in [0, 1]. The paper has 9 or 18 blocks of 512
    channels; `blocks` and `width` are made for machines without a GPU.
    """

    def __init__(self, width: int = 16, blocks: int = 4) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = [nn.Conv2d(4, width, 7, padding=3), nn.ReLU()]
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.ReLU()]
        layers += [FourierBlock(widths[-1]) for _ in range(blocks)]
        for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 3, 7, padding=3))
        keep_scale(self)
        start_small(self.layers[-1])
        for layer in self.layers:
            if isinstance(layer, FourierBlock):
                start_small(layer.mix, 0.3)

    def forward(self, images_bchw: Tensor, masks_b1hw: Tensor) -> Tensor:
        """Return the output in [0, 1]; not clamped while training."""
        surface = membrane(images_bchw * 2 - 1, masks_b1hw)
        seen = torch.cat([add_grain(surface, masks_b1hw), masks_b1hw], dim=1)
        output: Tensor = (surface + self.layers(seen)) / 2 + 0.5
        return output if self.training else output.clamp(0, 1)
