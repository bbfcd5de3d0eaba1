"""The network of native traces: shapes, budget, and what must not change its answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from inpaintscan.nets.detectors.tracenet import MAPS, TraceNet, median_residual


@pytest.fixture(scope="module")
def network() -> TraceNet:
    torch.manual_seed(0)
    network = TraceNet()
    for module in network.modules():  # as after training: statistics that are not the initial ones
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


@torch.inference_mode()
def test_answers_on_the_quarter_grid_with_two_maps(network: TraceNet) -> None:
    prediction = network(torch.rand(2, 3, 96, 64))
    assert prediction.map_logits.shape == (2, len(MAPS), 24, 16)
    assert prediction.score_logits.shape == (2, 2)


def test_stays_within_its_budget(network: TraceNet) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    assert sum(parameter.numel() for parameter in network.parameters()) <= 4_000_000
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.rand(1, 3, 256, 256))
    assert counter.get_total_flops() / 256**2 <= 50_000


@torch.inference_mode()
def test_no_image_sees_another_in_its_batch(network: TraceNet) -> None:
    first, second = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    together = network(torch.cat([first, second]))
    alone = network(first)
    torch.testing.assert_close(together.map_logits[:1], alone.map_logits, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(together.score_logits[:1], alone.score_logits, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_folding_the_norms_keeps_the_answer() -> None:
    network = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16).eval()
    tiles = torch.rand(1, 3, 64, 64)
    before = network(tiles)
    after = network.fuse()(tiles)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    torch.testing.assert_close(after.map_logits, before.map_logits, atol=1e-4, rtol=1e-4)


def test_every_parameter_gets_a_gradient() -> None:
    network = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16).train()
    prediction = network(torch.rand(2, 3, 64, 64))
    (prediction.map_logits.square().mean() + prediction.score_logits.square().mean()).backward()
    idle = [name for name, value in network.named_parameters() if value.grad is None]
    assert idle == []


@torch.inference_mode()
def test_the_lattice_reaches_the_map() -> None:
    torch.manual_seed(0)
    with_jpeg = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16).eval()
    without = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16, jpeg=False).eval()
    joined = with_jpeg.join[0][0].weight.shape[1]
    assert joined - without.join[0][0].weight.shape[1] == with_jpeg.lattice.maps


def test_the_median_is_the_median() -> None:
    pixels = torch.rand(1, 3, 16, 20)
    grey = (pixels * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)[0].numpy()
    expected = np.clip((grey - median_filter(grey, 3, mode="nearest")) * 255 / 4, -1, 1)
    np.testing.assert_allclose(median_residual(pixels)[0, 0].numpy(), expected, atol=1e-4)
