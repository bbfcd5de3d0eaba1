"""A step's gradient is the same, however its batch is split into parts or processes.

The batches are uneven: some rows have no region, no known mask, no box, a hole of another size. A
loss divided by a count of those would weigh a row by the rows that happen to be beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.train.losses.heads import box_loss, map_loss, score_loss
from inpaintscan.train.losses.texture import texture_loss
from inpaintscan.train.tasks.inpainter import hole_l1
from inpaintscan.train.tasks.multi import MultiSettings, MultiTask, map_losses

ROWS = 4
SIDE = 32


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def masks() -> Tensor:
    """An empty mask, one pixel, a quarter, and all."""
    mask = torch.zeros(ROWS, 1, SIDE, SIDE)
    mask[1, :, 3, 3] = 1
    mask[2, :, : SIDE // 2, : SIDE // 2] = 1
    mask[3] = 1
    return mask


KNOWN = torch.tensor([1.0, 0.0, 1.0, 1.0])
PICTURES = random(ROWS, 3, SIDE, SIDE, seed=1)
Loss = Callable[[Tensor, slice], Tensor]
"""From answers (B, 3, SIDE, SIDE) and the rows that they are for."""
LOSSES: dict[str, Loss] = {
    "multi's map": lambda x, rows: map_losses(x[:, :1], masks()[rows], KNOWN[rows], 1.0),
    "bce": lambda x, rows: map_loss(x[:, :1], masks()[rows], KNOWN[rows], "bce"),
    "focal": lambda x, rows: map_loss(x[:, :1], masks()[rows], KNOWN[rows], "focal"),
    "bce-dice": lambda x, rows: map_loss(x[:, :1], masks()[rows], KNOWN[rows], "bce-dice"),
    "scores": lambda x, rows: score_loss(x[:, :2, 0, 0], masks()[rows, 0, :2, 3]),
    "boxes": lambda x, rows: box_loss(x[:, 0, 0, :4], random(ROWS, 4)[rows], KNOWN[rows], "giou"),
    "hole": lambda x, rows: hole_l1(x, PICTURES[rows], masks()[rows]),
    "texture": lambda x, rows: texture_loss(x, PICTURES[rows], masks()[rows]),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("parts", [2, 4])
def test_parts_add_up(name: str, parts: int) -> None:
    loss, size = LOSSES[name], ROWS // parts
    whole = random(ROWS, 3, SIDE, SIDE).requires_grad_()
    loss(whole, slice(None)).backward()
    split = random(ROWS, 3, SIDE, SIDE).requires_grad_()
    for first in range(0, ROWS, size):
        rows = slice(first, first + size)
        (loss(split[rows], rows) / parts).backward()
    assert whole.grad is not None
    assert whole.grad.abs().sum() > 0
    torch.testing.assert_close(split.grad, whole.grad, rtol=1e-4, atol=1e-8)


class Plain(nn.Module):
    """A network that looks at each picture alone: no batch norm."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.map = nn.Conv2d(3, 1, 4, stride=4)
        self.score = nn.Linear(3, 2)

    def forward(self, images: Tensor) -> Prediction:
        return Prediction(self.map(images), self.score(images.mean(dim=(2, 3))), None)


def test_the_default_task_does_not_depend_on_accumulation() -> None:
    task = cast("Any", SimpleNamespace(settings=MultiSettings()))
    target = nn.functional.avg_pool2d(masks(), 4).reshape(2, 2, 1, SIDE // 4, SIDE // 4)
    batch = {
        "images": (random(2, 2, 3, SIDE, SIDE) * 255).to(torch.uint8),
        "map_target": target,
        "map_weight": KNOWN.reshape(2, 2),
        "score_target": torch.tensor([[[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]]),
    }
    gradients = []
    for parts in (1, 2):
        network = Plain()
        for part in range(parts):
            rows = slice(part * 2 // parts, (part + 1) * 2 // parts)
            cut = {name: tensor[rows] for name, tensor in batch.items()}
            (MultiTask.loss(task, network, cut) / parts).backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-7)


def test_dice_weighs_on_a_pair_as_much_as_its_weight_says() -> None:
    """Half of the crops of pairs have a region, so a weight of 1 is half of their mean loss."""
    logits = torch.zeros(2, 1, 8, 8)
    target = torch.zeros(2, 1, 8, 8)
    target[1] = 1
    without = map_losses(logits, target, torch.ones(2), 0.0)
    dice = 1 - (2 * 32 + 1) / (32 + 64 + 1)
    assert map_losses(logits, target, torch.ones(2), 1.0) - without == pytest.approx(dice / 2)
