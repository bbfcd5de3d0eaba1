"""What holds for each network that looks at tiles: size, and what must not change its answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from inpaintscan.nets.detectors.lite_fpn import LiteFpn
from inpaintscan.nets.detectors.prediction import Prediction
from inpaintscan.nets.detectors.scannet import ScanNet
from inpaintscan.nets.detectors.tracenet import MAPS, TraceNet

MAP_COUNTS = {ScanNet: 1, TraceNet: len(MAPS), LiteFpn: 1}
BUDGETS = {ScanNet: 40_000, TraceNet: 50_000, LiteFpn: 25_000}
"""FLOP per pixel."""

Look = Callable[[torch.Tensor], Prediction]


@pytest.fixture(params=[ScanNet, TraceNet, LiteFpn])
def network(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = request.param()
    for module in network.modules():  # as after training: statistics that are not the initial ones
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


def looking(network: nn.Module) -> Look:
    """Return the network as a function of tiles alone: hints are made from the tiles' pixels."""
    if not isinstance(network, LiteFpn):
        return network
    return lambda tiles: network(tiles, 8 * tiles[:, :2, ::4, ::4] - 4)


@torch.inference_mode()
def test_answers_on_the_quarter_grid_with_two_scores(network: nn.Module) -> None:
    prediction = looking(network)(torch.rand(2, 3, 96, 64))
    assert prediction.map_logits.shape == (2, MAP_COUNTS[type(network)], 24, 16)
    assert prediction.score_logits.shape == (2, 2)


@torch.inference_mode()
def test_stays_within_its_budget(network: nn.Module) -> None:
    assert sum(parameter.numel() for parameter in network.parameters()) <= 4_000_000
    with FlopCounterMode(display=False) as counter:
        looking(network)(torch.rand(1, 3, 256, 256))
    assert counter.get_total_flops() / 256**2 <= BUDGETS[type(network)]


@torch.inference_mode()
def test_no_image_sees_another_in_its_batch(network: nn.Module) -> None:
    first, second = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    together = looking(network)(torch.cat([first, second]))
    alone = looking(network)(first)
    torch.testing.assert_close(together.map_logits[:1], alone.map_logits, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(together.score_logits[:1], alone.score_logits, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_folding_the_norms_keeps_the_answer(network: nn.Module) -> None:
    tiles = torch.rand(1, 3, 64, 64)
    before = looking(network)(tiles)
    after = looking(network.fuse())(tiles)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    torch.testing.assert_close(after.map_logits, before.map_logits, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(after.score_logits, before.score_logits, atol=1e-4, rtol=1e-4)


def test_every_parameter_gets_a_gradient(network: nn.Module) -> None:
    prediction = looking(network.train())(torch.rand(2, 3, 64, 64))
    (prediction.map_logits.square().sum() + prediction.score_logits.square().sum()).backward()
    assert [name for name, value in network.named_parameters() if value.grad is None] == []
