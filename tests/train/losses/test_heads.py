"""The losses, against worked examples."""

from __future__ import annotations

import math

import pytest
import torch

from inpaintscan.train.losses.heads import (
    box_loss,
    dice_loss,
    intersection_over_union,
    map_loss,
)


def random_boxes(count: int, seed: int) -> torch.Tensor:
    corners = torch.rand(count, 2, 2, generator=torch.Generator().manual_seed(seed))
    return torch.cat([corners.amin(dim=1), corners.amax(dim=1)], dim=1)


@pytest.mark.parametrize(
    ("first", "second", "iou", "giou"),
    [
        ((0, 0, 1, 1), (0, 0, 1, 1), 1.0, 1.0),  # the same
        ((0, 0, 1, 1), (0, 0, 1, 0.5), 0.5, 0.5),  # half, and no empty hull
        ((0, 0, 1, 1), (2, 0, 3, 1), 0.0, -1 / 3),  # apart: a third of the hull is empty
    ],
)
def test_overlap_of_boxes(first: tuple, second: tuple, iou: float, giou: float) -> None:
    boxes, others = torch.tensor([first]).float(), torch.tensor([second]).float()
    assert intersection_over_union(boxes, others).item() == pytest.approx(iou)
    assert box_loss(boxes, others, torch.ones(1), "giou").item() == pytest.approx(1 - giou)


@pytest.mark.parametrize(("gamma", "share"), [(0.0, 1.0), (1.0, 0.5), (2.0, 0.25)])
def test_focal_loss_is_cross_entropy_weighted_by_what_is_missed(gamma: float, share: float) -> None:
    undecided, mask = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    loss = map_loss(undecided, mask, torch.ones(1), "focal", gamma)
    assert loss.item() == pytest.approx(share * math.log(2))


@pytest.mark.parametrize("kind", ["mse", "smooth-l1", "giou"])
def test_boxes_of_clean_images_do_not_count(kind: str) -> None:
    boxes, true = random_boxes(4, 3).requires_grad_(), random_boxes(4, 4)
    has_box = torch.tensor([1.0, 0.0, 1.0, 0.0])
    loss = box_loss(boxes, true, has_box, kind)
    loss.backward()
    assert loss > 0
    assert (boxes.grad.abs().sum(dim=1) > 0).tolist() == [True, False, True, False]
    assert box_loss(true, true, has_box, kind).item() == pytest.approx(0, abs=1e-6)


def test_parts_of_a_batch_average_to_the_whole() -> None:
    boxes, true = random_boxes(4, 3), random_boxes(4, 4)
    has_box = torch.tensor([1.0, 0.0, 1.0, 1.0])
    whole = box_loss(boxes, true, has_box, "giou")
    parts = [
        box_loss(boxes[i : i + 2], true[i : i + 2], has_box[i : i + 2], "giou") for i in (0, 2)
    ]
    assert sum(parts) / 2 == pytest.approx(whole)


def test_dice_says_nothing_of_clean_images() -> None:
    targets = torch.zeros(2, 1, 8, 8)
    targets[1, :, :4] = 1
    logits = 20 * (2 * targets - 1)
    assert dice_loss(logits, targets).tolist() == pytest.approx([0, 0], abs=1e-4)
    assert dice_loss(-logits, targets).tolist() == pytest.approx([0, 1], abs=0.02)


@pytest.mark.parametrize("kind", ["bce", "focal", "bce-dice"])
def test_maps_are_enlarged_and_unknown_masks_left_out(kind: str) -> None:
    mask = torch.zeros(2, 1, 32, 32, dtype=torch.uint8)
    mask[:, :, :16] = 1
    right = torch.full((2, 1, 4, 4), -9.0)
    right[:, :, :2] = 9.0
    wrong_where_unknown = right * torch.tensor([1.0, -1.0]).view(2, 1, 1, 1)
    known = torch.tensor([1.0, 0.0])
    good = map_loss(wrong_where_unknown, mask, known, kind)
    assert good < 0.15
    assert map_loss(wrong_where_unknown, mask, 1 - known, kind) > 1.0
