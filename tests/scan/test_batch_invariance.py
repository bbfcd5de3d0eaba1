"""What the shipped network says of a tile does not depend on the tiles beside it.

On the CPU a scan computes tiles one by one, so a scan cannot show it: here the network itself gets
real batches, as it does on a GPU.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from inpaintscan.scan.predict import Answer, Predictor
from inpaintscan.scan.verdict import calibrated_scores
from inpaintscan.weights import DEFAULT_MODEL, Card, load_network, resolve_model

SIDE = 128
TOLERANCE = 1e-3
"""Of logits and probabilities: in a batch, sums may be in another order."""


@pytest.fixture(scope="module")
def tiles(photos: dict[str, Path]) -> list[np.ndarray]:
    """Three photos, noise and a flat tile: as unlike each other as can be."""
    cut = [
        np.asarray(Image.open(photos[name]).convert("RGB"))[60 : 60 + SIDE, 80 : 80 + SIDE]
        for name in ("chelsea", "astronaut", "rocket")
    ]
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    return [*cut, noise, np.full((SIDE, SIDE, 3), 7, np.uint8)]


def load_shipped() -> tuple[nn.Module, Card]:
    return load_network(resolve_model(DEFAULT_MODEL))


def answers(network: nn.Module, batches: list[list[np.ndarray]]) -> list[Answer]:
    """What a network says of tiles in exactly these batches."""
    seen: list[int] = []
    handle = network.register_forward_pre_hook(lambda _module, args: seen.append(len(args[0])))
    predictor = Predictor.__new__(Predictor)  # not placed: that would put it in evaluation mode
    predictor.device, predictor.precision = torch.device("cpu"), "fp32"
    predictor._network = network
    found = [answer for batch in batches for answer in predictor._compute(batch)]
    handle.remove()
    assert seen == [len(batch) for batch in batches], "the network got these batches"
    return found


def furthest(one: list[Answer], other: list[Answer]) -> float:
    gaps = [0.0]
    for first, second in zip(one, other, strict=True):
        for a, b in ((first.prob_map, second.prob_map), (first.score_logits, second.score_logits)):
            if a is not None and b is not None:
                gaps.append(float(np.abs(a - b).max()))
    return max(gaps)


@pytest.mark.parametrize("fused", [False, True], ids=["as-stored", "as-scanned"])
def test_a_batch_answers_as_its_tiles_alone(tiles: list[np.ndarray], fused: bool) -> None:
    network, card = load_shipped()
    if fused:
        network = network.fuse()
    alone = answers(network, [[tile] for tile in tiles])
    together = answers(network, [tiles])
    turned = answers(network, [tiles[::-1]])[::-1]
    assert furthest(alone, together) < TOLERANCE
    assert furthest(alone, turned) < TOLERANCE
    for one, other in zip(alone, together, strict=True):
        scores = [
            calibrated_scores(dict(zip(card.classes, map(float, each), strict=True)), card)
            for each in (one.score_logits, other.score_logits)
        ]
        assert scores[0].inpainted == pytest.approx(scores[1].inpainted, abs=2e-4)
        assert scores[0].generated == pytest.approx(scores[1].generated, abs=2e-4)


def test_a_network_whose_tiles_do_see_each_other_is_noticed(tiles: list[np.ndarray]) -> None:
    """In training mode batch norm mixes the tiles of a batch: the comparison above fails then."""
    network, _ = load_shipped()
    network.train()
    alone = answers(network, [[tile] for tile in tiles])
    assert furthest(alone, answers(network, [tiles])) > 10 * TOLERANCE
