"""Classifiers over the scores of several networks, fitted by scikit-learn, evaluated as tensors.

Each takes standardised features, float32 (B, features), and returns logits (B,). Their numbers are
buffers, so a weights file holds them as it holds any tensor: nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class LogisticStacker(nn.Module):
    """A line: logistic regression."""

    coefficients: Tensor
    intercept: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("coefficients", torch.zeros(features))
        self.register_buffer("intercept", torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B,)."""
        return features @ self.coefficients + self.intercept


class SvcStacker(nn.Module):
    """A support vector machine with a Gaussian kernel; its logit is the decision function."""

    vectors: Tensor
    coefficients: Tensor
    intercept: Tensor

    def __init__(self, features: int, vectors: int, gamma: float) -> None:
        super().__init__()
        self.gamma = gamma
        self.register_buffer("vectors", torch.zeros(vectors, features))
        self.register_buffer("coefficients", torch.zeros(vectors))
        self.register_buffer("intercept", torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B,)."""
        squared = (features[:, None] - self.vectors).square().sum(dim=2)
        return torch.exp(-self.gamma * squared) @ self.coefficients + self.intercept


class ForestStacker(nn.Module):
    """Decision trees walked side by side; the logit of their mean probability.

    Arrays are (trees, nodes), padded: `feature` looked at, `threshold` up to which one goes `left`,
    else `right`, `share` of positives. A leaf's children are itself, so every walk takes `depth`
    steps.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    share: Tensor

    def __init__(self, features: int, trees: int, nodes: int, depth: int) -> None:
        super().__init__()
        self.inputs = features
        self.depth = depth
        for name in ("feature", "left", "right"):
            self.register_buffer(name, torch.zeros(trees, nodes, dtype=torch.int64))
        for name in ("threshold", "share"):
            self.register_buffer(name, torch.zeros(trees, nodes))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B,), at most log(2 trees) from zero."""
        trees = torch.arange(len(self.feature), device=features.device)
        node = torch.zeros(len(features), len(trees), dtype=torch.int64, device=features.device)
        for _ in range(self.depth):
            looked_at = features.gather(1, self.feature[trees, node])
            goes_left = looked_at <= self.threshold[trees, node]
            node = torch.where(goes_left, self.left[trees, node], self.right[trees, node])
        least = 0.5 / len(trees)
        chance = self.share[trees, node].mean(dim=1).clamp(least, 1 - least)
        return torch.logit(chance)


STACKERS: dict[str, Callable[..., nn.Module]] = {
    "logistic": LogisticStacker,
    "forest": ForestStacker,
    "svc": SvcStacker,
}


def build_stacker(features: int, kind: str, **sizes: Any) -> nn.Module:  # noqa: ANN401
    """Return an empty stacker of a kind in `STACKERS`, to be filled from a weights file."""
    return STACKERS[kind](features, **sizes)
