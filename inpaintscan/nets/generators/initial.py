"""First weights for generators without normalisation, where signals must keep their size."""

from __future__ import annotations

import math

from torch import nn

RELU_GAIN = math.sqrt(2)
"""He et al. 2015: half of the signal's power is lost in a ReLU (or SiLU)."""


def keep_scale(network: nn.Module, gain: float = RELU_GAIN) -> None:
    """Set every convolution so that its output is as strong as its input, biases to zero.

    torch's own first weights lose two thirds of the signal a layer: after a dozen layers nothing is
    left of it, and hours of training go by before anything is learnt.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            grown = math.prod(module.stride) if isinstance(module, nn.ConvTranspose2d) else 1
            taps = math.prod(module.kernel_size) / grown
            inputs = module.in_channels // module.groups
            nn.init.normal_(module.weight, std=gain / math.sqrt(inputs * taps))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def start_small(last: nn.Module, share: float = 0.1) -> None:
    """Make the last convolution weak, so that training begins near what it adds to."""
    assert isinstance(last, nn.Conv2d)
    last.weight.data.mul_(share)
