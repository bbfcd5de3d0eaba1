"""The default network: two looks and a judge."""

from __future__ import annotations

import pytest
import torch

from inpaintscan.nets.detectors.lite import FEATURES, EfficientNetLite0
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan.measures import NAMES

SMALL = {"widths": (8, 8, 16, 16, 16), "decoder_width": 16}
SMALL_FILLS = {"widths": (8, 8, 8, 8), "decoder_width": 8}


@pytest.fixture(scope="module")
def network() -> TwoLook:
    torch.manual_seed(0)
    return TwoLook(measures=len(NAMES), native=SMALL, fills=SMALL_FILLS).eval()


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
def test_the_map_that_is_shown_weighs_both_native_looks(network: TwoLook) -> None:
    tiles = torch.rand(1, 3, 64, 64)
    shown, traces, _, fills = network(tiles).map_logits[0]
    a, b, bias = network.mix
    torch.testing.assert_close(shown, a * traces + b * fills + bias)
