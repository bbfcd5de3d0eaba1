"""Several models stacked into one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from inpaintscan.data import read_dataset
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import MissingExtraError, UsageError
from inpaintscan.nets.detectors.classifier import Classifier
from inpaintscan.nets.detectors.nixnet import NixNet
from inpaintscan.scan import load
from inpaintscan.train.tasks.ensemble import EnsembleSettings, fit_stacker, train_ensemble
from inpaintscan.weights import Calibration, Card, Input, load_network, read_card, write_weights

RESIZE = Input("resize", 64, 64, 4)
TILE = Input("tile", 64, 64, 4)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A classifier at 32 pixels, one at 64, and a segmenter on tiles."""
    folder = tmp_path_factory.mktemp("members")
    torch.manual_seed(2)
    nets: list[tuple[str, torch.nn.Module, dict[str, Any]]] = [
        ("small", Classifier("test_vit", 32), Input("resize", 32, 64, 4)),
        ("large", Classifier("test_vit", 64), RESIZE),
        ("map", NixNet("tiny"), TILE),
    ]
    for name, network, feed in nets:
        classifier = isinstance(network, Classifier)
        card = Card(
            name=name,
            task="detect" if classifier else "segment",
            arch="classifier" if classifier else "nixnet",
            arch_args={"arch": "test_vit", "size": feed.size} if classifier else {"preset": "tiny"},
            classes=("inpainted",),
            input=feed,
            calibration={"inpainted": Calibration(2.0, 0.5)},
            training={"kinds": ["fakefake", "inpainted"] if classifier else ["realfake"]},
        )
        write_weights(folder / f"{name}.safetensors", network, card)
    return [folder / f"{name}.safetensors" for name, _, _ in nets]


@pytest.mark.parametrize(("stacker", "count"), [("logistic", 3), ("forest", 3), ("svc", 2)])
def test_an_ensemble_is_one_file_that_scans(
    stacker: Any, count: int, members: list[Path], toy_set: Path, tmp_path: Path
) -> None:
    sets = split_dataset(read_dataset(toy_set))
    output = tmp_path / "all.safetensors"
    settings = EnsembleSettings(stacker=stacker, trees=5, workers=0)
    card = train_ensemble(members[:count], *sets, output, settings)
    assert card == read_card(output)
    assert card.input.fit == ("tile" if count == 3 else "resize")
    assert [member["name"] for member in card.training["members"]] == ["small", "large", "map"][
        :count
    ]
    assert card.training["kinds"] == ["fakefake", "inpainted", "realfake"][:count]
    network, _ = load_network(output)
    tensors = load_network(members[0])[0].state_dict()
    stored = network.members[0].network.state_dict()
    assert all(torch.equal(tensors[name], stored[name]) for name in tensors)
    findings = list(load(str(output)).scan_many(sample.image for sample in sets[1]))
    assert all(finding.error is None for finding in findings)
    assert (findings[0].prob_map is not None) == (count == 3)


def test_a_member_says_what_it_says_alone(
    members: list[Path], toy_set: Path, tmp_path: Path
) -> None:
    sets = split_dataset(read_dataset(toy_set))
    output = tmp_path / "two.safetensors"
    train_ensemble(members[:2], *sets, output, EnsembleSettings(workers=0))
    network, _ = load_network(output)
    large, _ = load_network(members[1])
    tile = torch.from_numpy(np.asarray(Image.open(sets[1][0].image)).transpose(2, 0, 1).copy())
    tile = tile[None].float() / 255
    with torch.inference_mode():
        features, _ = network.look(tile)
        alone = 2.0 * large(tile).score_logits + 0.5
    assert torch.allclose(
        features[:, 1] * network.deviation[1] + network.mean[1], alone[:, 0], atol=1e-4
    )


def test_what_cannot_be_stacked_is_said(members: list[Path], toy_set: Path, tmp_path: Path) -> None:
    sets = split_dataset(read_dataset(toy_set))
    output = tmp_path / "no.safetensors"
    with pytest.raises(UsageError, match="at least two models"):
        train_ensemble(members[:1], *sets, output, EnsembleSettings())
    odd = tmp_path / "odd.safetensors"
    write_weights(
        odd, NixNet("tiny"), Card(name="odd", task="inpainter", arch="nixnet", classes=())
    )
    with pytest.raises(UsageError, match="weights of task inpainter cannot be in an ensemble"):
        train_ensemble([members[0], odd], *sets, output, EnsembleSettings())


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearn.ensemble", "sklearn.linear_model", "sklearn.svm"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"inpaintscan\[ensemble\]"):
        fit_stacker(np.zeros((2, 1), np.float32), np.array([True, False]), EnsembleSettings())
