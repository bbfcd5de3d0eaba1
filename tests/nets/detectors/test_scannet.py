"""What ScanNet reads: residuals, and the top shares of its map."""

from __future__ import annotations

import torch

from inpaintscan.nets.detectors.residual import ResidualInput, srm_weight
from inpaintscan.nets.detectors.scannet import top_shares


def test_top_shares_rank_a_hot_patch_above_one_hot_cell() -> None:
    quiet = torch.full((1, 1, 50, 50), -5.0)
    cell, patch = quiet.clone(), quiet.clone()
    cell[..., 0, 0] = 5
    patch[..., :12, :12] = 5
    assert (top_shares(patch) >= top_shares(cell)).all()
    assert top_shares(patch)[0, 2] > top_shares(cell)[0, 2] + 5


class TestResiduals:
    def test_every_residual_kernel_is_blind_to_a_flat_image(self) -> None:
        residuals = ResidualInput()
        flat = torch.full((1, 3, 16, 16), 0.4)
        maps = residuals(flat)[..., 3:-3, 3:-3]
        assert maps.shape[1] == 16
        torch.testing.assert_close(maps[:, :3], torch.full_like(maps[:, :3], -0.2))
        torch.testing.assert_close(maps[:, 3:], torch.zeros_like(maps[:, 3:]), atol=2e-3, rtol=0)

    def test_learnt_kernels_keep_their_constraint(self) -> None:
        residuals = ResidualInput(learnt=5)
        with torch.no_grad():
            residuals.free.normal_(1, 0.5)
        learnt = residuals.learnt_kernel() * 8 / 255
        centre = learnt[:, :, 2, 2]
        torch.testing.assert_close(centre, torch.full_like(centre, -1), atol=1e-3, rtol=0)
        torch.testing.assert_close(learnt.sum((2, 3)), torch.zeros(5, 3), atol=1e-4, rtol=0)

    def test_srm_kernels_sum_to_zero_and_stay_in_their_channel(self) -> None:
        weight = srm_weight()
        assert weight.shape == (9, 3, 5, 5)
        assert weight.sum((1, 2, 3)).abs().max() < 1e-6
        assert (weight.abs().sum((2, 3)) > 0).sum(1).tolist() == [1] * 9

    def test_truncates_edges(self) -> None:
        edge = torch.zeros(1, 3, 16, 16)
        edge[..., 8:] = 1
        maps = ResidualInput()(edge)
        assert maps[:, 3:].abs().max() == 1

    def test_training_and_scanning_see_the_same_maps(self) -> None:
        residuals, picture = ResidualInput(), torch.rand(1, 3, 16, 16)
        training = residuals(picture)
        assert training.requires_grad
        with torch.inference_mode():
            torch.testing.assert_close(residuals(picture), training.detach(), atol=1e-4, rtol=1e-4)

    def test_parts_can_be_left_out(self) -> None:
        assert ResidualInput(learnt=0, srm=False)(torch.rand(1, 3, 8, 8)).shape[1] == 3
