"""Weights files that somebody else may have written."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch

from inpaintscan.errors import WeightsError
from inpaintscan.weights import (
    Card,
    card_from_json,
    card_to_json,
    load_network,
    read_card,
    write_weights,
)
from tests.cards import header_bytes


def with_fields(path: Path, **fields: object) -> Path:
    """Write the file again with other fields in its card, which may make no sense."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    card = json.loads(header["__metadata__"]["inpaintscan"]) | fields
    header["__metadata__"]["inpaintscan"] = json.dumps(card)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + length :])
    return path


NAN, INFINITY = float("nan"), float("inf")

LINE = {"scale": 1.0, "bias": 0.0}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", "x" * 1000),
        ("task", []),
        ("arch", {}),
        ("arch_args", None),
        ("arch_args", {"heads": 10**9}),
        ("arch_args", {"heads": {"a": 1}}),
        ("arch_args", {"heads": [1] * 1000}),
        ("arch_args", {"blocks": 1000}),
        ("arch_args", {"layers": [1000]}),
        ("classes", "inpainted"),
        ("classes", [1]),
        ("input", []),
        ("input", {"fit": "tile", "size": 10**9}),
        ("input", {"fit": "tile", "size": 1}),
        ("input", {"fit": "tile", "size": "64"}),
        ("input", {"fit": "tile", "size": 64, "stride": 3}),
        ("input", {"fit": "round"}),
        ("thresholds", None),
        ("thresholds", {"inpainted": [{"fpr": 0.01}]}),
        ("thresholds", {"inpainted": [{"fpr": 0.01, "score": NAN}]}),
        ("thresholds", {"inpainted": [{"fpr": 0.01, "score": 2}]}),
        ("thresholds", {"inpainted": [{"fpr": "0.01", "score": 0.5}]}),
        ("calibration", {"inpainted": LINE | {"scale": NAN}}),
        ("calibration", {"inpainted": LINE | {"bias": 1e300}}),
        ("calibration", {"inpainted": LINE | {"more": 1}}),
        ("mask_threshold", None),
        ("mask_threshold", True),
        ("mask_threshold", -1),
        ("training", []),
        ("training", {"validation": 5}),
        ("training", {"kinds": 5}),
        ("tool_version", 1),
        ("format_version", INFINITY),
        ("format_version", "1"),
        ("colour", "red"),
    ],
)
def test_every_field_of_a_card_is_checked(stub_weights: Path, field: str, value: object) -> None:
    path = with_fields(stub_weights, **{field: value})
    with pytest.raises(WeightsError, match="not a weights file of inpaintscan") as caught:
        load_network(path)
    assert len(str(caught.value)) < len(str(path)) + 300


def test_a_deeply_nested_card_or_header_is_an_error(stub_weights: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    header = header_bytes({"inpaintscan": deep})
    stub_weights.write_bytes(header)
    with pytest.raises(WeightsError, match="nested too deeply"):
        read_card(stub_weights)
    text = b'{"a": ' + deep.encode() + b"}"
    stub_weights.write_bytes(struct.pack("<Q", len(text)) + text)
    with pytest.raises(WeightsError, match="nested too deeply"):
        read_card(stub_weights)


@pytest.mark.parametrize(
    "header",
    [
        {"__metadata__": None},
        {"__metadata__": {"inpaintscan": 5}},
        {"a": None},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
    ],
)
def test_a_forged_header_is_an_error(tmp_path: Path, header: dict[str, object]) -> None:
    text = json.dumps(header).encode()
    path = tmp_path / "forged.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    with pytest.raises(WeightsError, match="not a safetensors file"):
        read_card(path)


@pytest.mark.parametrize(
    ("arch", "arguments"),
    [
        ("scannet", {"decoder_width": 4096}),
        ("scannet", {"widths": [4096] * 4}),
        ("scannet", {"widths": [1]}),
        ("autoencoder", {"factor": 0}),
        ("autoencoder", {"upsampling": "none"}),
        ("scannet", {"decoder_width": 4096, "widths": [4096] * 4}),
        ("fcn_resnet50", {"layers": [64] * 4}),
        ("nixnet", {"preset": "unknown"}),
        ("classifier", {}),
        ("classifier", {"arch": "no such network"}),
    ],
)
def test_a_network_of_another_size_is_not_built(
    stub_weights: Path, arch: str, arguments: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = 0
    original = torch.nn.Conv2d.reset_parameters

    def fill(layer: torch.nn.Conv2d) -> None:
        nonlocal filled
        filled += layer.weight.numel()
        original(layer)

    monkeypatch.setattr(torch.nn.Conv2d, "reset_parameters", fill)
    path = with_fields(stub_weights, arch=arch, arch_args=arguments)
    with pytest.raises(WeightsError, match="architecture"):
        load_network(path)
    assert filled < 70_000_000


def test_a_forest_of_any_size_is_not_built(stub_weights: Path) -> None:
    member = {"arch": "scannet", "arch_args": {}, "classes": ["inpainted"], "input": {}}
    arguments = {
        "members": [member | {"lines": [[1, 0]]}],
        "stackers": [{"kind": "forest", "trees": 10**7, "nodes": 10**7, "depth": 4}],
    }
    path = with_fields(stub_weights, arch="ensemble", arch_args=arguments)
    with pytest.raises(WeightsError, match="architecture 'ensemble'"):
        load_network(path)


@pytest.mark.parametrize("pretrained", ["download", "/absent/file.safetensors"])
def test_loading_fetches_and_opens_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pretrained: str
) -> None:
    import timm

    from inpaintscan.nets.detectors.classifier import Classifier

    network = Classifier("test_resnet", 64)
    arguments = {"arch": "test_resnet", "size": 64, "pretrained": pretrained}
    path = tmp_path / "c.safetensors"
    write_weights(path, network, Card("c", "detect", "classifier", arguments, ("inpainted",)))
    asked: list[object] = []
    original = timm.create_model

    def create(*names: object, **more: object) -> object:
        asked.append(more.get("pretrained"))
        return original(*names, **more)

    monkeypatch.setattr(timm, "create_model", create)
    loaded, card = load_network(path)
    assert set(asked) == {False}
    assert card.arch_args == arguments
    assert torch.equal(loaded.state_dict()["head.bias"], network.state_dict()["head.bias"])


def test_an_ensembles_members_fetch_nothing_either() -> None:
    from inpaintscan.card_shape import offline

    member = {"arch": "classifier", "arch_args": {"arch": "r", "pretrained": "download"}}
    assert offline({"members": [member], "stride": 4}) == {
        "members": [{"arch": "classifier", "arch_args": {"arch": "r"}}],
        "stride": 4,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", {"fit": "tile", "size": 64, "multiple": 32, "stride": 8}),
        ("classes", ["inpainted", "generated", "third"]),
        ("input", {"fit": "tile", "size": 18, "multiple": 2, "stride": 2}),
    ],
)
def test_answers_of_another_shape_are_an_error(
    stub_weights: Path, photos: dict[str, Path], field: str, value: object
) -> None:
    from inpaintscan.scan import load

    scanner = load(str(with_fields(stub_weights, **{field: value})), device="cpu")
    with pytest.raises(WeightsError, match="stride and the classes that stand in its card"):
        scanner.scan(photos["coffee"])


def test_a_network_that_cannot_take_its_tiles_is_an_error(photos: dict[str, Path]) -> None:
    from inpaintscan.device import resolve_device
    from inpaintscan.scan.predict import Predictor

    predictor = Predictor(torch.nn.Linear(2, 2), resolve_device("cpu"), "fp32")
    import numpy as np

    with pytest.raises(WeightsError, match="fails on a tile of 32 x 48 pixels"):
        predictor.predict([np.zeros((32, 48, 3), dtype=np.uint8)])


@pytest.mark.parametrize(
    "fields", [{"fit": "crop"}, {"size": 0}, {"size": "64"}, {"stride": True}, {"multiple": 1.5}]
)
def test_an_input_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    card = json.loads(card_to_json(Card("own", "multi", "scannet"))) | {"input": fields}
    with pytest.raises(WeightsError, match=r"card\.input\."):
        card_from_json(json.dumps(card), Path("own.safetensors"))
