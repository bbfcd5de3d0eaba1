"""NIX-Net: shapes, sizes, and that each stream reaches the map."""

from __future__ import annotations

import pytest
import torch

from inpaintscan.nets.detectors.nixnet import PRESETS, NixNet


@pytest.mark.parametrize(("preset", "millions"), [("tiny", 0.3), ("40m", 40), ("60m", 60)])
def test_presets_are_as_large_as_they_say(preset: str, millions: float) -> None:
    with torch.device("meta"):
        network = NixNet(preset)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count / 1e6 == pytest.approx(millions, rel=0.1)
    assert preset in PRESETS


@pytest.mark.parametrize("size_hw", [(64, 64), (48, 80)])
def test_the_map_has_stride_four(size_hw: tuple[int, int]) -> None:
    network = NixNet("tiny").eval()
    with torch.inference_mode():
        map_logits = network(torch.rand(2, 3, *size_hw)).map_logits
    assert map_logits.shape == (2, 1, size_hw[0] // 4, size_hw[1] // 4)


def test_the_noise_stream_does_not_see_what_is_smooth() -> None:
    network = NixNet("tiny").eval()
    across = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    inside = network.noise(across)[..., 4:-4, 4:-4]
    assert inside.abs().max() < 1e-3
    assert network.noise(torch.rand(1, 3, 64, 64)).abs().max() == 1


def test_both_streams_learn() -> None:
    network = NixNet("tiny")
    network(torch.rand(1, 3, 32, 32)).map_logits.square().mean().backward()
    still = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []
