"""The default network's task, and the commands that make its training data, at toy size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.generate import generate
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.train.autoencoder import AutoencoderSettings, train_autoencoder
from inpaintscan.train.inpainter import InpainterSettings, train_inpainter
from inpaintscan.train.loop import LoopConfig
from inpaintscan.train.mask_threshold import THRESHOLDS, f1_curve
from inpaintscan.train.multi import MultiSettings, map_losses, rank_auc, train_multi
from inpaintscan.train.pairs import PairSettings
from inpaintscan.weights import load_network, read_card

LOOP = LoopConfig(steps=2, batch_size=2, workers=0, validate_every=2, ema=0.9)


@pytest.fixture
def photo_crops(photos: dict[str, Path], tmp_path: Path) -> Path:
    """Twelve 96 px crops of real photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("chelsea", "coffee", "astronaut"):
        pixels = np.asarray(Image.open(photos[name]).convert("RGB"))
        for number in range(4):
            top = 60 * number
            Image.fromarray(pixels[top : top + 96, 100:196]).save(folder / f"{name}{number}.png")
    return folder


def test_photos_to_calibrated_weights(photo_crops: Path, tmp_path: Path) -> None:
    autoencoder = tmp_path / "tiny.safetensors"
    card = train_autoencoder(
        [photo_crops], autoencoder,
        AutoencoderSettings(
            arch={"width": 4, "latent": 2}, crop=32, adversarial=0.1, validation_crops=2
        ),
        LOOP, tmp_path / "ae",
    )  # fmt: skip
    assert card.task == "autoencoder"
    assert card.training["validation"]["psnr"] > 0
    methods = (Choice("vae", str(autoencoder)), Choice("copy-move"))
    settings = Settings(methods=methods, split=(0.7, 0.3, 0.0), seed=3)
    generate(photo_crops, tmp_path / "set", settings, workers=1)

    weights = tmp_path / "scan.safetensors"
    multi = MultiSettings(
        pairs=PairSettings(crop=64), arch_args={"widths": [4, 4, 8, 8], "decoder_width": 8},
        validation_pairs=2, validation_crop=64,
    )  # fmt: skip
    card = train_multi([tmp_path / "set"], weights, multi, LOOP, tmp_path / "run")
    assert read_card(weights) == card
    assert set(card.thresholds) == {"inpainted", "generated"}
    assert card.mask_threshold in THRESHOLDS
    network, _ = load_network(weights)
    assert torch.isfinite(network(torch.rand(1, 3, 64, 64)).map_logits).all()
    with pytest.raises(UsageError, match="--resume"):
        train_multi([tmp_path / "set"], weights, multi, LOOP, tmp_path / "run")


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_an_inpainter_trains(photo_crops: Path, tmp_path: Path, arch: str) -> None:
    output = tmp_path / "inpainter.safetensors"
    settings = InpainterSettings(arch=arch, arch_args={"width": 4}, crop=32, validation_crops=2)
    card = train_inpainter([photo_crops], output, settings, LOOP, tmp_path / "run")
    assert card.training["validation"]["psnr_in_hole"] > 0
    network, _ = load_network(output)
    with torch.inference_mode():
        assert network(torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)).shape == (1, 3, 32, 32)


def test_map_losses_judge_only_what_has_weight() -> None:
    target = torch.zeros(2, 1, 4, 4)
    target[1, :, :2] = 1
    right = torch.where(target > 0, 20.0, -20.0)
    wrong = right.clone()
    wrong[1] *= -1
    assert map_losses(right, target, torch.ones(2), 0.5) < 0.05
    assert map_losses(wrong, target, torch.ones(2), 0.5) > 5
    assert map_losses(wrong, target, torch.tensor([1.0, 0.0]), 0.5) < 0.05


def test_rank_auc_counts_ties_half() -> None:
    values = np.array([1.0, 2.0], np.float32)
    assert rank_auc(values + 5, values) == 1
    assert rank_auc(values, values) == 0.5
    assert rank_auc(values[:0], values) == 0.5


def test_f1_curve_equals_the_definition() -> None:
    rng = np.random.default_rng(0)
    prob_map, truth = rng.random((20, 30), np.float32), rng.random((20, 30)) < 0.3
    for threshold, value in zip(THRESHOLDS, f1_curve(prob_map, truth), strict=True):
        found = prob_map >= threshold
        expected = 2 * (found & truth).sum() / (found.sum() + truth.sum())
        assert value == pytest.approx(expected)
