"""The JPEG lattice as input: what an 8x8 block tells of how it was compressed before."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCK = 8
QUALITIES = (60, 65, 70, 75, 80, 84, 87, 90, 92, 94, 96, 98)
"""Qualities whose luminance tables are tried."""
_LOW = ((0, 1), (1, 0), (0, 2), (1, 1), (2, 0), (0, 3), (1, 2), (2, 1), (3, 0))
"""Rows and columns of the lowest AC coefficients."""
# The luminance table of ITU-T T.81, annex K.1.
_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def quantisation_table(quality: int) -> Tensor:
    """Return libjpeg's luminance table for a quality of 1 to 100, float32 (8, 8)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    table = torch.tensor(_TABLE)
    return ((table * scale + 50) // 100).clamp(1, 255).float()


def dct_basis() -> Tensor:
    """Return the orthonormal 8x8 DCT as convolution weights, float32 (64, 1, 8, 8)."""
    place = torch.arange(BLOCK, dtype=torch.float64)
    rows = torch.cos((2 * place[None] + 1) * place[:, None] * torch.pi / (2 * BLOCK)) / 2
    rows[0] /= 2**0.5
    basis = torch.einsum("uy,vx->uvyx", rows, rows)
    return basis.reshape(BLOCK * BLOCK, 1, BLOCK, BLOCK).float()


class Lattice(nn.Module):
    """Maps of the 8x8 blocks on the (0, 0) grid, which is where files have them.

    Takes RGB in [0, 1] as (B, 3, H, W), sides multiples of 8; returns (B, 31, H/8, W/8):

    - for each of `QUALITIES`, how far the block's AC coefficients lie from multiples of that
      quality's table: about 0 if they were never quantised so, -1 if they were;
    - for nine low AC coefficients the logarithm of the magnitude, and whether it is near zero;
    - the share of coefficients that say anything.

    Fixed: nothing here is learnt, so it needs no gradient.
    """

    maps = len(QUALITIES) + 2 * len(_LOW) + 1
    basis: Tensor
    tables: Tensor

    def __init__(self) -> None:
        super().__init__()
        tables = torch.stack([quantisation_table(quality) for quality in QUALITIES])
        self.register_buffer("basis", dct_basis(), persistent=False)
        self.register_buffer("tables", tables.reshape(len(QUALITIES), -1), persistent=False)
        self._low = [BLOCK * row + column for row, column in _LOW]

    @torch.no_grad()
    def forward(self, rgb_bchw: Tensor) -> Tensor:
        """Return the maps, float32."""
        with torch.autocast(rgb_bchw.device.type, enabled=False):
            red, green, blue = rgb_bchw.float().unbind(1)
            grey = (0.299 * red + 0.587 * green + 0.114 * blue)[:, None] * 255 - 128
            coefficients = functional.conv2d(grey, self.basis, stride=BLOCK)
            low = coefficients[:, self._low].abs()
            alternating = coefficients[:, 1:]
            errors = []
            for table in self.tables:
                steps = alternating / table[1:, None, None]
                nearest = steps.round()
                says = nearest != 0
                count = says.sum(1, keepdim=True, dtype=torch.float32)
                distance = steps.sub_(nearest).square_().mul_(says).sum(1, keepdim=True)
                # Few coefficients say little: pulled towards 0, "never quantised so".
                errors.append((12 * distance - count) / (count + 1))
            # The last `count` is that of the finest table.
            return torch.cat([*errors, (1 + low).log() / 3, (low < 0.7).float(), count / 32], dim=1)
