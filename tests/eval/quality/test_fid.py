"""FID: the distance against its formula, the network's input, weights that serve and others."""

from __future__ import annotations

import hashlib
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from safetensors.torch import save_file
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from inpaintscan.errors import MissingExtraError, WeightsError
from inpaintscan.eval.quality import fid
from inpaintscan.eval.quality.fid import (
    build_inception,
    frechet_distance,
    load_inception,
    read_inception,
    to_extractor,
)

TENSORS = {"layer": torch.arange(3.0)}
NOWHERE = "file:///nowhere/inception-00000000.pth"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([[-1], [1]], [[-1], [1]], 0),
        ([[-1], [1]], [[2], [4]], 3**2),  # the means apart
        ([[-1], [1]], [[-2], [2]], (8**0.5 - 2**0.5) ** 2),  # the deviations apart
        ([[-1], [1]], [[1], [5]], 3**2 + (8**0.5 - 2**0.5) ** 2),
        ([[-1, 0], [1, 0]], [[0, -1], [0, 1]], 2 + 2),  # nothing in common
    ],
)
def test_distances_by_hand(first: list, second: list, expected: float) -> None:
    found = frechet_distance(np.array(first, float), np.array(second, float))
    assert found == pytest.approx(expected, abs=1e-12)


def test_the_distance_of_many_rows_is_the_formula() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0, 1, (50, 6))
    second = rng.normal(0.5, 2, (60, 6)) @ rng.normal(0, 1, (6, 6))
    covariances = [np.cov(rows, rowvar=False) for rows in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    gap = first.mean(axis=0) - second.mean(axis=0)
    expected = gap @ gap + np.trace(sum(covariances) - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected)


def test_fewer_rows_than_features_raise_the_distance_but_not_to_oneself() -> None:
    rows = np.random.default_rng(0).normal(0, 1, (4000, 40))
    distances = [frechet_distance(rows[:n], rows[-n:]) for n in (10, 30, 100, 2000)]
    assert distances == sorted(distances, reverse=True)
    assert frechet_distance(rows[:10], rows[:10]) == pytest.approx(0, abs=1e-9)


class Blank(FeatureExtractorInceptionV3):
    """The network as it is before weights are loaded."""

    def load_state_dict(self, *_: object, **__: object) -> None:
        return None


@pytest.fixture(scope="module")
def inception() -> torch.nn.Module:
    """The network with random weights."""
    torch.manual_seed(0)
    nothing = BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    return build_inception(Blank("fid", ["2048"], nothing).state_dict())


def test_an_image_is_resized_as_tensorflow_did(inception: torch.nn.Module) -> None:
    """At half the size it keeps every other pixel; one of 299 x 299 stays as it is."""
    photo = np.random.default_rng(0).integers(0, 256, (598, 598, 3), dtype=np.uint8)
    extract = to_extractor(inception, "cpu")
    whole, half = extract(photo), extract(photo[::2, ::2])
    assert whole.shape == (2048,)
    assert whole == pytest.approx(half, rel=1e-4, abs=1e-4 * half.max())
    other = extract(photo[1::2, 1::2])
    assert np.abs(whole - other).max() > 1e-2 * half.max()


class MeanColour(torch.nn.Module):
    """A stub: uint8 (B, 3, H, W) to the mean colour."""

    def forward(self, image_bchw: torch.Tensor) -> tuple[torch.Tensor]:
        assert image_bchw.dtype == torch.uint8
        return (image_bchw.float().mean(dim=(2, 3)),)


def test_features_are_of_one_image_in_the_order_of_its_channels() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[..., 0], image[:2, :, 1] = 200, 100
    features = to_extractor(MeanColour(), "cpu")(image)
    assert features.dtype == np.float64
    assert features.tolist() == [200, 50, 0]


def test_weights_are_read_from_safetensors(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "own.safetensors")
    assert read_inception(tmp_path / "own.safetensors", NOWHERE)["layer"].tolist() == [0, 1, 2]
    with pytest.raises(WeightsError, match=r"of another network.*leave out --fid"):
        load_inception(tmp_path / "own.safetensors", "cpu")


def test_of_pickles_only_the_published_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "by hand.pth"
    torch.save(TENSORS, path)
    with pytest.raises(WeightsError, match="nor the file that torch-fidelity publishes"):
        read_inception(path, NOWHERE)
    monkeypatch.setattr(fid, "PUBLISHED_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    assert read_inception(path, NOWHERE)["layer"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["none.safetensors", "none.pth", "broken.safetensors", "folder"])
def test_unreadable_weights_are_explained(tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"no tensors")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WeightsError, match="leave out --fid") as raised:
        read_inception(tmp_path / name, NOWHERE)
    assert str(raised.value).startswith(str(tmp_path / name))


def test_published_weights_are_downloaded_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    torch.save(TENSORS, tmp_path / "new.pth")
    digest = hashlib.sha256((tmp_path / "new.pth").read_bytes()).hexdigest()
    published = (tmp_path / "new.pth").rename(tmp_path / f"inception-{digest[:8]}.pth")
    wrong = tmp_path / "inception-00000000.pth"
    wrong.write_bytes(published.read_bytes())
    with pytest.raises(WeightsError, match="hash"):
        read_inception(None, wrong.as_uri())
    monkeypatch.setattr(fid, "PUBLISHED_SHA256", digest)
    for _ in range(2):
        assert read_inception(None, published.as_uri())["layer"].tolist() == [0, 1, 2]
        published.unlink(missing_ok=True)
    (tmp_path / "cache" / "hub" / "checkpoints" / published.name).write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="nor the file that torch-fidelity publishes"):
        read_inception(None, published.as_uri())
    with pytest.raises(WeightsError, match="leave out --fid"):
        read_inception(None, NOWHERE)
    assert capsys.readouterr() == ("", "")


def test_without_its_package_fid_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity.feature_extractor_inceptionv3", None)
    with pytest.raises(MissingExtraError, match=r"--fid needs more packages.*inpaintscan\[fid\]"):
        load_inception(None, "cpu")
