"""How weights are moved: the optimizer, its rate, and what it leaves alone."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from inpaintscan.train.settings import LoopConfig


def forget_idle(network: nn.Module) -> None:
    """Leave out of the step what took no part in the loss: Adam would count, and decay, it.

    Processes need a gradient of every parameter to average, so what is idle has zeros.
    """
    graded = [parameter for parameter in network.parameters() if parameter.grad is not None]
    strongest = torch.stack([p.grad.abs().amax() for p in graded if p.grad is not None])
    for parameter, strength in zip(graded, strongest.tolist(), strict=True):
        if strength == 0:
            parameter.grad = None


def make_optimizer(network: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    """Return the optimizer; biases and other vectors do not decay."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.learning_rate, betas=(config.momentum, 0.999))


def rate_at(step: int, config: LoopConfig) -> float:
    """Return the share of the learning rate at a step: warm-up, then the schedule."""
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    if config.schedule != "cosine":
        return warm
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / config.steps)))
