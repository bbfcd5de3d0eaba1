"""Residual inputs: what a camera's noise and a generator's traces are read from.

Content is far stronger than traces, and a network fed RGB alone hardly begins to learn; high-pass
residuals take the content away. Two kinds stand side by side: fixed filters of steganalysis and
filters learnt under a constraint that keeps them high-pass.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# Three of the 30 kernels of the spatial rich model (Fridrich and Kodovsky 2012), the choice of
# Zhou et al. 2018: a 5x5 high pass, a 3x3 high pass, a horizontal second difference.
_SRM_KERNELS = (
    (
        (-1, 2, -2, 2, -1),
        (2, -6, 8, -6, 2),
        (-2, 8, -12, 8, -2),
        (2, -6, 8, -6, 2),
        (-1, 2, -2, 2, -1),
    ),
    (
        (0, 0, 0, 0, 0),
        (0, -1, 2, -1, 0),
        (0, 2, -4, 2, 0),
        (0, -1, 2, -1, 0),
        (0, 0, 0, 0, 0),
    ),
    (
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (0, 1, -2, 1, 0),
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
    ),
)
_SRM_DIVISORS = (12.0, 4.0, 2.0)


def srm_weight() -> Tensor:
    """Return the fixed kernels for RGB, float32 (9, 3, 5, 5): each kernel on each channel."""
    weight = torch.zeros(9, 3, 5, 5)
    for index, (kernel, divisor) in enumerate(zip(_SRM_KERNELS, _SRM_DIVISORS, strict=True)):
        for channel in range(3):
            weight[3 * index + channel, channel] = torch.tensor(kernel) / divisor
    return weight


class ResidualInput(nn.Module):
    """RGB, nine fixed and `learnt` constrained residual maps, as one convolution at full size.

    Takes RGB in [0, 1] as (B, 3, H, W); returns (B, 3 + 9 + learnt, H, W) in [-1, 1]: RGB, SRM
    residuals truncated at +-4 grey levels as in the rich model (edges are large and say little,
    noise is small and says much), Bayar residuals truncated at +-8. In a Bayar kernel the centre is
    -1 and the rest sums to 1 (Bayar and Stamm 2018), so it stays high-pass while it learns. One
    convolution for all costs a quarter of one each on a CPU. `srm=False` leaves the fixed maps out.
    """

    fixed: Tensor
    bias: Tensor

    def __init__(self, learnt: int = 4, srm: bool = True) -> None:
        super().__init__()
        rgb = torch.zeros(3, 3, 5, 5)
        rgb[range(3), range(3), 2, 2] = 2.0
        fixed = torch.cat([rgb, srm_weight() * (255 / 4)]) if srm else rgb
        self.maps = len(fixed) + learnt
        bias = torch.zeros(self.maps)
        bias[:3] = -1.0
        self.register_buffer("fixed", fixed, persistent=False)
        self.register_buffer("bias", bias, persistent=False)
        self.free = nn.Parameter(torch.rand(learnt, 3, 24)) if learnt else None

    def learnt_kernel(self) -> Tensor:
        """Return the constrained kernels, float32 (learnt, 3, 5, 5)."""
        if self.free is None:
            return self.fixed[:0]
        share = self.free / (self.free.sum(dim=2, keepdim=True).abs() + 1e-4)
        centre = -share.sum(dim=2, keepdim=True)
        flat = torch.cat([share[:, :, :12], centre, share[:, :, 12:]], dim=2)
        return flat.reshape(*flat.shape[:2], 5, 5) * (255 / 8)

    def forward(self, rgb_bchw: Tensor) -> Tensor:
        """Return the maps of a batch, float32, or in training the precision of autocast."""
        kind = rgb_bchw.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
        # Differences of neighbouring grey levels are lost in half precision.
        with torch.autocast(kind, enabled=False):
            rgb = rgb_bchw.float()
            if self.free is None or not torch.is_grad_enabled():
                kernel = torch.cat([self.fixed, self.learnt_kernel()])
                maps = functional.conv2d(rgb, kernel, self.bias, padding=2)
                return functional.hardtanh_(maps)
            # What is fixed needs no gradient: a step of training takes a seventh less time.
            with torch.no_grad():
                fixed = functional.conv2d(rgb, self.fixed, self.bias[: len(self.fixed)], padding=2)
                fixed = functional.hardtanh_(fixed).to(dtype)
            learnt = functional.hardtanh(functional.conv2d(rgb, self.learnt_kernel(), padding=2))
            return torch.cat([fixed, learnt.to(dtype)], dim=1)
