"""The loss of networks with two maps: what counts, and what does not."""

from __future__ import annotations

import torch

from inpaintscan.train.losses.two_maps import synthetic_target, two_map_losses, two_targets

WHOLE = torch.tensor([0.0, 0.0, 1.0])


def targets() -> torch.Tensor:
    """Of a clean crop, of one half replaced by real pixels, of one generated whole."""
    target = torch.zeros(3, 1, 4, 4)
    target[1, :, :2] = 1
    target[2] = 1
    synthetic = torch.zeros(3, 1, 4, 4)
    synthetic[2] = 1
    return two_targets(target, synthetic, WHOLE)


def test_in_a_frame_generated_whole_nothing_is_replaced() -> None:
    found = targets()
    assert found.shape == (3, 2, 4, 4)
    assert found[:, 0].sum(dim=(1, 2)).tolist() == [0, 8, 0]
    assert found[:, 1].sum(dim=(1, 2)).tolist() == [0, 0, 16]


def test_each_map_is_judged_by_its_own_target() -> None:
    truth = targets()
    right = torch.where(truth > 0, 20.0, -20.0)
    everywhere = torch.ones(3)
    assert two_map_losses(right, truth, everywhere, WHOLE, 0.5) < 0.01
    for crop, channel, least in ((0, 0, 6), (1, 0, 6), (2, 0, 3), (0, 1, 3), (2, 1, 3)):
        wrong = right.clone()
        wrong[crop, channel] *= -1
        loss = two_map_losses(wrong, truth, everywhere, WHOLE, 0.5)
        assert loss > least, (crop, channel)
        weight = everywhere.clone()
        weight[crop] = 0
        assert two_map_losses(wrong, truth, weight, WHOLE, 0.5) < 0.01, (crop, channel)


def test_what_is_negative_is_not_judged() -> None:
    truth = targets()
    truth[1, :, 2:] = -1
    logits = torch.where(truth > 0, 20.0, -20.0)
    one, two = logits.clone(), logits.clone()
    one[1, :, 2:], two[1, :, 2:] = 30, -30
    losses = [two_map_losses(x, truth, torch.ones(3), WHOLE, 0.5) for x in (one, two)]
    assert losses[0] == losses[1]
    one.requires_grad_()
    two_map_losses(one, truth, torch.ones(3), WHOLE, 0.5).backward()
    assert one.grad is not None
    assert not one.grad[1, :, 2:].any()


def test_what_filled_a_region_is_not_judged_where_it_is_not_known() -> None:
    target = torch.tensor([[[0.0, 0.5], [1.0, 0.0]]])
    found = synthetic_target(target, whole=False, known=False)
    assert found.tolist() == [[[0, -1], [-1, 0]]]
    assert synthetic_target(target, whole=False, known=True).equal(target)
    assert synthetic_target(torch.ones(1, 2, 2), whole=True, known=False).eq(1).all()
