"""The inpainters that run our own weights: autoencoders and hole-filling networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from safetensors.torch import save_file

from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.gen_data.inpainters import Hole, learnt, load_inpainter
from inpaintscan.gen_data.inpainters.networks import Float32, to_device
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.nets import NETWORKS
from inpaintscan.nets.generators.coarse import CoarseInpainter
from inpaintscan.nets.generators.external_vae import TinyAutoencoder
from inpaintscan.weights import Card, write_weights

SETTINGS = Settings(methods=(Choice("vae"),), device="cpu", precision="fp32")


def test_the_round_trip_is_the_networks_own(autoencoder: Path, hole: Callable[..., Hole]) -> None:
    inpainter = load_inpainter(Choice("vae", str(autoencoder)), SETTINGS)
    assert inpainter.name == "vae:tiny"
    assert inpainter.whole_frame
    torch.manual_seed(0)
    network = NETWORKS["autoencoder"](factor=2, width=4, latent=3).eval()
    (frame,) = inpainter.inpaint([hole()])
    with torch.inference_mode():
        pixels = torch.from_numpy(hole().image.copy()).permute(2, 0, 1)[None].float() / 255
        expected = network(pixels)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(frame - expected).max() < 0.51


def test_photos_of_any_size_come_back_at_their_size_in_order(
    autoencoder: Path, hole: Callable[..., Hole]
) -> None:
    inpainter = load_inpainter(Choice("vae", str(autoencoder)), SETTINGS)
    sizes = [(96, 128), (77, 91), (96, 128), (61, 100)]
    frames = inpainter.inpaint([hole(seed, size) for seed, size in enumerate(sizes)])
    assert [frame.shape for frame in frames] == [(*size, 3) for size in sizes]
    assert (frames[0] == frames[2]).all()


@pytest.mark.parametrize("knob", ["vae_noise", "vae_jitter"])
def test_noise_and_jitter_make_many_autoencoders_of_one(
    knob: str, autoencoder: Path, hole: Callable[..., Hole]
) -> None:
    settings = replace(SETTINGS, **{knob: 0.5})  # type: ignore[arg-type]
    inpainter = load_inpainter(Choice("vae", str(autoencoder)), settings)
    first, second = inpainter.inpaint([hole(1), hole(2)])
    (again,) = inpainter.inpaint([hole(1)])
    (plain,) = load_inpainter(Choice("vae", str(autoencoder)), SETTINGS).inpaint([hole(1)])
    assert (first != second).any()
    assert (first != plain).any()
    assert (first == again).all(), "the weights are as they were after each image"


def test_the_noise_of_a_decoder_is_the_holes_own(tmp_path: Path, hole: Callable[..., Hole]) -> None:
    arguments = {"factor": 4, "width": 4, "latent": 3, "noise": True}
    network = NETWORKS["autoencoder"](**arguments)
    torch.nn.init.constant_(network.decoder[-1].weight, 0.1)  # untrained, it hardly says anything
    path = tmp_path / "noisy.safetensors"
    write_weights(path, network, Card("noisy", "autoencoder", "autoencoder", arguments))
    inpainter = load_inpainter(Choice("vae", str(path)), SETTINGS)
    state = torch.get_rng_state()
    first, second = inpainter.inpaint([hole(1), hole(2)])
    (again,) = inpainter.inpaint([hole(2)])
    assert (first != second).any()
    assert (second == again).all(), "whichever photos came before it"
    assert torch.equal(torch.get_rng_state(), state), "nobody else's chance is touched"


def test_bfloat16_leaves_out_no_grey_levels(autoencoder: Path, hole: Callable[..., Hole]) -> None:
    (exact,) = load_inpainter(Choice("vae", str(autoencoder)), SETTINGS).inpaint([hole()])
    (fast,) = load_inpainter(
        Choice("vae", str(autoencoder)), replace(SETTINGS, precision="bf16")
    ).inpaint([hole()])
    assert np.abs(fast.astype(int) - exact).max() <= 4
    assert len(np.unique(fast)) > 0.8 * len(np.unique(exact))


def test_a_tiny_autoencoder_of_others_is_read_from_its_two_files(
    tmp_path: Path, hole: Callable[..., Hole]
) -> None:
    torch.manual_seed(0)
    network = TinyAutoencoder()
    for part in ("encoder", "decoder"):
        state = {key: value.half() for key, value in getattr(network, part).state_dict().items()}
        save_file(state, tmp_path / f"x_{part}.safetensors")
    inpainter = load_inpainter(Choice("vae", str(tmp_path)), SETTINGS)
    (frame,) = inpainter.inpaint([hole(size_hw=(61, 70))])
    assert frame.shape == (61, 70, 3)
    assert network.encode(torch.zeros(1, 3, 16, 24)).shape == (1, 32, 2, 3)
    (tmp_path / "x_decoder.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"needs \*_encoder"):
        load_inpainter(Choice("vae", str(tmp_path)), SETTINGS)
    save_file({"a": torch.zeros(1)}, tmp_path / "x_decoder.safetensors")
    with pytest.raises(WeightsError, match=r"not a tiny FLUX\.2 autoencoder"):
        load_inpainter(Choice("vae", str(tmp_path)), SETTINGS)


def test_weights_for_something_else_are_refused(tmp_path: Path, autoencoder: Path) -> None:
    with pytest.raises(UsageError, match="not the inpainter 'gated'"):
        load_inpainter(Choice("gated", str(autoencoder)), SETTINGS)
    path = tmp_path / "gated.safetensors"
    card = Card("g", "inpainter", "gated", {"width": 4})
    write_weights(path, NETWORKS["gated"](width=4), card)
    with pytest.raises(UsageError, match="not 'autoencoder'"):
        load_inpainter(Choice("vae", str(path)), SETTINGS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="no autoencoder found"):
        load_inpainter(Choice("vae", str(tmp_path / "empty")), SETTINGS)


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_our_fills_see_only_what_is_outside_the_hole(
    arch: str, tmp_path: Path, hole: Callable[..., Hole], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    path = tmp_path / "mine.safetensors"
    write_weights(path, NETWORKS[arch](width=4), Card("m", "inpainter", arch, {"width": 4}))
    inpainter = load_inpainter(Choice(arch, str(path)), SETTINGS)
    assert inpainter.name == f"{arch}:mine"
    assert inpainter.whole_frame == (arch == "gated")
    for seen in (512, 64):
        monkeypatch.setattr(learnt, "SEEN", seen)
        monkeypatch.setattr(learnt, "OVERLAP", 0)
        given = hole()
        (frame,) = inpainter.inpaint([given])
        hidden = np.where(given.mask[..., None], 0, given.image).astype(np.uint8)
        (same,) = inpainter.inpaint([Hole(hidden, given.mask, given.rng)])
        assert frame.shape == given.image.shape
        assert (frame == same).all()
        assert (frame != given.image)[given.mask].any()
        if arch != "gated":
            assert (frame == given.image)[~given.mask].all()


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_the_last_layer_of_a_network_keeps_its_precision(arch: str) -> None:
    network = NETWORKS[arch](width=4)
    assert isinstance(network, CoarseInpainter)
    last = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)][-1]
    to_device(network, SETTINGS)
    guarded = [module.layer for module in network.modules() if isinstance(module, Float32)]
    assert last in guarded, "its grey levels are not rounded to bfloat16"


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_the_shipped_fills_take_photos_of_any_size(arch: str, hole: Callable[..., Hole]) -> None:
    inpainter = load_inpainter(Choice(arch), SETTINGS)
    sizes = [(96, 128), (75, 91), (49, 100)]
    frames = inpainter.inpaint([hole(seed, size) for seed, size in enumerate(sizes)])
    assert [frame.shape for frame in frames] == [(*size, 3) for size in sizes]


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_the_shipped_fills_continue_a_wall(arch: str) -> None:
    """As rough as the bricks around, neither blur nor speckle, and as bright."""
    wall = np.dstack([skimage.data.brick()[:256, :256]] * 3)
    mask = np.zeros((256, 256), dtype=bool)
    mask[80:160, 60:180] = True
    given = Hole(np.ascontiguousarray(wall), mask, np.random.default_rng(0))
    (frame,) = load_inpainter(Choice(arch), SETTINGS).inpaint([given])
    filled, real = (picture[80:160, 60:180].astype(float) for picture in (frame, wall))
    assert abs(filled.mean() - real.mean()) < 10
    assert 0.7 < filled.std() / real.std() < 1.3
    assert 0.6 < _roughness(filled) / _roughness(real) < 1.4


def _roughness(picture: np.ndarray) -> float:
    return float(sum(np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1)))
