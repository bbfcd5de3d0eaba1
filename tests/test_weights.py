"""Weights files: the card, thresholds, what is said of a file that is none."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan import weights
from inpaintscan.errors import WeightsError
from inpaintscan.files import sha256_of
from inpaintscan.nets.generators.autoencoder import Autoencoder
from inpaintscan.weights import (
    Calibration,
    Card,
    Input,
    Threshold,
    card_from_json,
    card_to_json,
    load_network,
    read_card,
    resolve_model,
    write_weights,
)
from tests.cards import header_bytes


@pytest.mark.parametrize(
    ("fpr", "score"),
    [
        (0.05, 0.3),
        (0.01, 0.5),
        (0.02, 0.5),  # between two points: the stricter one
        (1.0, 0.3),
        (0.001, 0.9),
    ],
)
def test_thresholds_by_false_positive_rate(fpr: float, score: float) -> None:
    table = (Threshold(0.05, 0.3), Threshold(0.01, 0.5), Threshold(0.001, 0.9))
    card = Card(name="c", task="multi", arch="x", thresholds={"inpainted": table})
    assert card.threshold("inpainted", fpr) == score


@pytest.mark.parametrize(("class_name", "fpr"), [("inpainted", 0.0001), ("generated", 0.01)])
def test_a_rate_that_the_table_does_not_reach_is_an_error(class_name: str, fpr: float) -> None:
    table = (Threshold(0.01, 0.5),)
    card = Card(name="mine", task="multi", arch="x", thresholds={"inpainted": table})
    with pytest.raises(WeightsError, match=f"'mine' hold no threshold for '{class_name}'"):
        card.threshold(class_name, fpr)


@given(
    name=st.text(max_size=20),
    fpr=st.floats(0, 1),
    scale=st.floats(-1e6, 1e6),
    classes=st.lists(st.sampled_from(["inpainted", "generated"]), unique=True),
)
def test_a_card_survives_json(name: str, fpr: float, scale: float, classes: list[str]) -> None:
    card = Card(
        name=name,
        task="multi",
        arch="x",
        arch_args={"widths": [1, 2]},
        classes=tuple(classes),
        thresholds={"inpainted": (Threshold(fpr, 0.5),)},
        calibration={"inpainted": Calibration(scale, 1.0)},
    )
    assert card_from_json(card_to_json(card), Path("x")) == card


def test_a_file_comes_back_as_written(make_stub: Callable[..., Path]) -> None:
    path = make_stub(mask_threshold=0.4, training={"steps": 10})
    network, card = load_network(path)
    assert card == read_card(path)
    assert (card.mask_threshold, card.training) == (0.4, {"steps": 10})
    assert not network.training
    assert network.gain.item() == 16.0  # type: ignore[union-attr, operator]
    first = path.read_bytes()
    write_weights(path, network, card)
    assert path.read_bytes() == first  # the same bytes for the same weights
    assert not list(path.parent.glob("*.tmp"))


def test_no_random_numbers_are_drawn_for_what_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    network = Autoencoder(width=8)
    card = Card(name="a", task="autoencoder", arch="autoencoder", arch_args={"width": 8})
    write_weights(path, network, card)
    before = torch.get_rng_state()
    loaded, _ = load_network(path)
    assert torch.equal(torch.get_rng_state(), before)
    expected = network.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in loaded.state_dict().items())


def test_reading_a_card_loads_no_torch(stub_weights: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from inpaintscan.weights import read_card;"
        f"print(read_card(Path({str(stub_weights)!r})).arch, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["stub", "False"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated"),
        (b"\x10", "truncated"),
        (struct.pack("<Q", 100) + b"{", "truncated"),
        (b"PK\x03\x04" + bytes(100), "not a safetensors file"),  # a pickled PyTorch file
        (struct.pack("<Q", 2**60), "not a safetensors file"),
        (struct.pack("<Q", 4) + b"nope", "not a safetensors file"),
        (struct.pack("<Q", 2) + b"[]", "not a safetensors file"),
        (header_bytes({}), "not one written by inpaintscan"),
        (header_bytes({"inpaintscan": "{}"}), "not a weights file"),
        (header_bytes({"inpaintscan": "nope"}), "not a weights file"),
        (header_bytes({"inpaintscan": '{"format_version": 99}'}), "newer than this version"),
    ],
)
def test_what_is_no_weights_file_says_so(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        read_card(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_an_error(stub_weights: Path) -> None:
    stub_weights.write_bytes(stub_weights.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="truncated"):
        load_network(stub_weights)


def test_an_unknown_architecture_is_an_error(stub_weights: Path) -> None:
    network, card = load_network(stub_weights)
    write_weights(stub_weights, network, replace(card, arch="of-tomorrow"))
    with pytest.raises(WeightsError, match="unknown architecture 'of-tomorrow'"):
        load_network(stub_weights)


def test_tensors_of_another_architecture_are_an_error(stub_weights: Path) -> None:
    card = read_card(stub_weights)
    write_weights(stub_weights, torch.nn.Linear(2, 2), card)
    with pytest.raises(WeightsError, match="do not fit architecture 'stub'"):
        load_network(stub_weights)


def test_a_long_list_of_missing_tensors_is_cut_short(stub_weights: Path) -> None:
    card = read_card(stub_weights)
    write_weights(
        stub_weights, torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(500))), card
    )
    with pytest.raises(WeightsError, match="another version of inpaintscan") as caught:
        load_network(stub_weights)
    assert len(str(caught.value)) < len(str(stub_weights)) + 350


def test_arguments_of_another_version_are_an_error(stub_weights: Path) -> None:
    network, card = load_network(stub_weights)
    write_weights(stub_weights, network, replace(card, arch_args={"colour": "red"}))
    with pytest.raises(WeightsError, match="does not take"):
        load_network(stub_weights)


def test_models_are_found_by_name_or_file(
    stub_weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "weights_folder", lambda: stub_weights.parent)
    assert resolve_model("stub") == stub_weights
    assert resolve_model(str(stub_weights)) == stub_weights
    with pytest.raises(WeightsError, match="no weights named 'absent'; shipped are: stub"):
        resolve_model("absent")
    with pytest.raises(WeightsError, match="no such weights file"):
        resolve_model(str(tmp_path / "absent.safetensors"))
    with pytest.raises(WeightsError, match="no such weights file"):
        resolve_model(str(tmp_path))


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert sha256_of(tmp_path / "file") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_half_precision_halves_the_file_and_loads_as_single(tmp_path: Path) -> None:
    import torch

    from inpaintscan.nets import NETWORKS

    torch.manual_seed(0)
    network = NETWORKS["scannet"]()
    card = Card(name="x", task="multi", arch="scannet")
    write_weights(tmp_path / "single.safetensors", network, card)
    write_weights(tmp_path / "half.safetensors", network, card, half=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("half", "single")]
    assert sizes[0] < 0.55 * sizes[1]
    loaded, _ = load_network(tmp_path / "half.safetensors")
    for name, value in loaded.state_dict().items():
        original = network.state_dict()[name]
        assert value.dtype == original.dtype, name
        torch.testing.assert_close(value, original, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Input()),
        ({"fit": "tile"}, Input("tile")),
        ({"fit": "resize", "size": 224}, Input("resize", 224, 32, 4)),
        ({"fit": "tile", "size": 1024, "multiple": 32, "stride": 8}, Input("tile", 1024, 32, 8)),
        ({"fit": "resize", "size": 64, "mean": [0.5], "std": [0.2]}, Input("resize", 64)),
    ],
)
def test_how_older_files_feed_their_network_is_still_read(
    fields: dict[str, object], expected: Input
) -> None:
    card = Card(name="old", task="detect", arch="classifier")
    text = card_to_json(card).replace('"input":{"fit":"tile","multiple":32,"stride":4}', "INPUT")
    old = text.replace("INPUT", f'"input":{json.dumps(fields)}')
    assert "INPUT" in text
    assert card_from_json(old, Path("old.safetensors")).input == expected
    again = card_from_json(card_to_json(replace(card, input=expected)), Path("new.safetensors"))
    assert again.input == expected
