"""The default network: two looks and a judge."""

from __future__ import annotations

import pytest
import torch

from inpaintscan.nets.detectors.lite import FEATURES, EfficientNetLite0
from inpaintscan.nets.detectors.lite_fpn import LiteFpn
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan.measures import NAMES

SMALL = {"widths": (8, 8, 16, 16, 16), "decoder_width": 16}
SMALL_CONTENT = {"width": 16}


@pytest.fixture(scope="module")
def network() -> TwoLook:
    torch.manual_seed(0)
    return TwoLook(measures=len(NAMES), traces=SMALL, content=SMALL_CONTENT).eval()


def test_has_at_most_eight_million_values() -> None:
    network = TwoLook(measures=len(NAMES))
    assert sum(parameter.numel() for parameter in network.parameters()) <= 8_000_000


@torch.inference_mode()
def test_looks_and_judges(network: TwoLook) -> None:
    prediction = network(torch.rand(1, 3, 64, 64))
    assert prediction.map_logits.shape == (1, 4, 16, 16)
    assert prediction.score_logits.shape == prediction.more_scores.shape == (1, 2)
    assert network.look(torch.rand(3, 3, 224, 224)).shape == (3, 2)
    assert network.judge(torch.rand(3, len(NAMES))).shape == (3, 2)


@torch.inference_mode()
def test_one_odd_measure_cannot_decide_alone(network: TwoLook) -> None:
    measures = torch.zeros(1, len(NAMES))
    far, farther = measures.clone(), measures.clone()
    far[0, 0], farther[0, 0] = 100.0, 1e9
    torch.testing.assert_close(network.judge(far), network.judge(farther))


@torch.inference_mode()
def test_folding_the_norms_keeps_the_whole_look() -> None:
    torch.manual_seed(1)
    network = EfficientNetLite0().eval()
    views = torch.rand(1, 3, 64, 64)
    before = network(views)
    assert before.shape == (1, FEATURES)
    after = network.fuse()(views)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_the_map_that_is_shown_is_that_of_content_moved(network: TwoLook) -> None:
    network.bias.fill_(0.7)
    shown, _, _, content = network(torch.rand(1, 3, 64, 64)).map_logits[0]
    torch.testing.assert_close(shown, content + 0.7)


def test_what_stands_out_is_cut_tighter_and_what_is_faint_wider() -> None:
    network = TwoLook(measures=4, traces=SMALL, content=SMALL_CONTENT)
    assert network.shift(3.0) == 0.0
    network.shift_line.copy_(torch.tensor([0.5, -1.0, -0.75]))
    assert [network.shift(top) for top in (4.0, 2.0, 0.5, -9.0)] == [-1.0, 0.0, 0.75, 0.75]


def test_content_is_told_what_the_traces_are() -> None:
    torch.manual_seed(2)
    look = LiteFpn(width=16).eval()
    tiles, nothing = torch.rand(1, 3, 64, 64), torch.zeros(1, 2, 16, 16)
    found = nothing.clone()
    found[..., 4:8, 4:8] = 5.0
    with torch.inference_mode():
        moved = (look(tiles, found).map_logits - look(tiles, nothing).map_logits).abs()
    assert moved[..., 4:8, 4:8].mean() > 0


def test_in_training_both_looks_learn() -> None:
    network = TwoLook(measures=4, traces=SMALL, content=SMALL_CONTENT)
    network.keep_whole_look()
    prediction = network(torch.rand(2, 3, 64, 64))
    assert prediction.map_logits.shape == (2, 2, 16, 16)
    (prediction.map_logits.square().sum() + prediction.score_logits.square().sum()).backward()
    without = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []
