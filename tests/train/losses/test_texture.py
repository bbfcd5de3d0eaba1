"""The texture loss: strength counts, place does not, and nothing outside the hole."""

from __future__ import annotations

import torch

from inpaintscan.train.losses.texture import texture_energy, texture_loss


def noisy(seed: int, sigma: float = 0.1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.5 + sigma * torch.randn(1, 3, 64, 64, generator=generator)


HOLE = torch.zeros(1, 1, 64, 64)
HOLE[..., 16:48, 16:48] = 1


def test_another_texture_of_the_same_strength_costs_less_than_a_blur() -> None:
    truth = noisy(0)
    same_kind = texture_loss(noisy(1), truth, HOLE)
    smooth = texture_loss(torch.full_like(truth, 0.5), truth, HOLE)
    assert texture_loss(truth, truth, HOLE) == 0
    assert same_kind < 0.25 * smooth
    assert texture_loss(noisy(1, 0.2), truth, HOLE) > 3 * same_kind


def test_what_lies_far_from_the_hole_counts_at_the_coarsest_scale_only() -> None:
    truth = noisy(0)
    small = torch.zeros_like(HOLE)
    small[..., 16:24, 16:24] = 1
    far, inside = truth.clone(), truth.clone()
    far[..., :, 60:] = 0
    inside[..., 16:24, 16:24] = 0.5
    assert texture_loss(inside, truth, small) > 3 * texture_loss(far, truth, small)


def test_the_loss_leads_from_a_smooth_start_to_texture() -> None:
    torch.manual_seed(0)
    truth = noisy(0)
    output = (0.5 + 0.001 * torch.randn_like(truth)).requires_grad_()
    optimizer = torch.optim.Adam([output], 0.01)
    for _ in range(40):
        optimizer.zero_grad()
        texture_loss(output, truth, HOLE).backward()
        optimizer.step()
    assert output.detach()[..., 20:44, 20:44].std() > 0.05


def test_small_pictures_have_fewer_levels() -> None:
    assert len(texture_energy(torch.rand(1, 3, 64, 64))) == 4
    assert len(texture_energy(torch.rand(1, 3, 16, 16))) == 2
