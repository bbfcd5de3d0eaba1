"""The default network's task, and the commands that make its training data, at toy size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inpaintscan.data import Sample, read_dataset
from inpaintscan.data.bank import write_bank
from inpaintscan.errors import DataError, UsageError
from inpaintscan.gen_data.data_set import generate
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.train.calibration import THRESHOLDS, f1_curve
from inpaintscan.train.crops.labelled import WINDOW, LabelledCrops, make_replay
from inpaintscan.train.crops.multi_data import MultiData
from inpaintscan.train.crops.pairs import PairSettings
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.settings import LoopConfig
from inpaintscan.train.tasks.autoencoder import AutoencoderSettings, train_autoencoder
from inpaintscan.train.tasks.inpainter import InpainterSettings, train_inpainter
from inpaintscan.train.tasks.multi import MultiSettings, map_losses, train_multi
from inpaintscan.weights import load_network, read_card

LOOP = LoopConfig(steps=2, batch_size=2, workers=0, validate_every=2, ema=0.9)


def test_photos_to_calibrated_weights(
    photo_crops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    autoencoder = tmp_path / "tiny.safetensors"
    card = train_autoencoder(
        [photo_crops], autoencoder,
        AutoencoderSettings(
            arch={"width": 4, "latent": 3}, crop=32, adversarial=0.1, validation_crops=2
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
    assert card.training["kinds"] == ["fakefake", "inpainted", "realfake"]
    network, _ = load_network(weights)
    assert torch.isfinite(network(torch.rand(1, 3, 64, 64)).map_logits).all()
    with pytest.raises(UsageError, match="--resume"):
        train_multi([tmp_path / "set"], weights, multi, LOOP, tmp_path / "run")

    content = weights.read_bytes()
    second = Processes(1, 1, torch.device("cpu"))
    monkeypatch.setattr(Processes, "join", lambda: second)
    monkeypatch.setattr("inpaintscan.train.tasks.multi.train", lambda task, *_: task.network)
    assert train_multi([tmp_path / "set"], weights, multi, LOOP, tmp_path / "run") == card
    assert weights.read_bytes() == content  # the first process alone writes


@pytest.mark.parametrize(("arch", "shrink"), [("gated", 4), ("partial", 4), ("fourier", 1)])
def test_an_inpainter_trains(
    photo_crops: Path, tmp_path: Path, vgg: Path, arch: str, shrink: int
) -> None:
    output = tmp_path / "inpainter.safetensors"
    arguments = {"width": 4, "shrink": shrink}
    settings = InpainterSettings(
        arch=arch, arch_args=arguments, crop=64, validation_crops=2, perceptual=str(vgg)
    )
    card = train_inpainter([photo_crops], output, settings, LOOP, tmp_path / "run")
    assert card.training["validation"]["psnr_in_hole"] > 0
    assert card.training["settings"]["perceptual"] == vgg.name, "no folder of the user's"
    network, _ = load_network(output)
    with torch.inference_mode():
        assert network(torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)).shape == (1, 3, 64, 64)


def test_map_losses_judge_only_what_has_weight() -> None:
    target = torch.zeros(2, 1, 4, 4)
    target[1, :, :2] = 1
    right = torch.where(target > 0, 20.0, -20.0)
    wrong = right.clone()
    wrong[1] *= -1
    assert map_losses(right, target, torch.ones(2), 0.5) < 0.05
    assert map_losses(wrong, target, torch.ones(2), 0.5) > 5
    assert map_losses(wrong, target, torch.tensor([1.0, 0.0]), 0.5) < 0.05


def test_f1_curve_equals_the_definition() -> None:
    rng = np.random.default_rng(0)
    prob_map, truth = rng.random((20, 30), np.float32), rng.random((20, 30)) < 0.3
    for threshold, value in zip(THRESHOLDS, f1_curve(prob_map, truth), strict=True):
        found = prob_map >= threshold
        expected = 2 * (found & truth).sum() / (found.sum() + truth.sum())
        assert value == pytest.approx(expected)


def write_user_folder(photo_crops: Path, root: Path) -> Path:
    """Twelve real photos in real/, and in fake/ the same with a flat square."""
    for kind in ("real", "fake"):
        (root / kind).mkdir(parents=True)
    for path in photo_crops.iterdir():
        image = Image.open(path)
        image.save(root / "real" / path.name)
        image.paste((90, 90, 90), (20, 20, 60, 60))
        image.save(root / "fake" / f"made-{path.name}")
    return root


@pytest.mark.parametrize("replay", [0.0, 0.5])
def test_a_folder_of_real_and_fake_fine_tunes_the_default_network(
    photo_crops: Path,
    tmp_path: Path,
    replay: float,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Windows gives no symbolic links to everybody")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(
        "inpaintscan.train.crops.labelled._REPLAY_METHODS", (Choice("telea"), Choice("copy-move"))
    )
    user = write_user_folder(photo_crops, tmp_path / "user")
    settings = MultiSettings(
        pairs=PairSettings(crop=64), arch_args={"widths": [4, 4, 8, 8], "decoder_width": 8},
        validation_pairs=2, validation_crop=64, replay=replay,
    )  # fmt: skip
    run, output = tmp_path / "run", tmp_path / "mine.safetensors"
    card = train_multi([user], output, settings, LOOP, run, val=0.25, replay_workers=2)
    shown = capsys.readouterr().err
    assert ("replay: making pairs of 10 clean images, once" in shown) == bool(replay)
    assert card.training["calibration"]["clean"] >= 2
    assert (run / "replay" / "pairs" / "labels.csv").exists() == bool(replay)
    again = replace(LOOP, steps=3)
    train_multi([user], output, settings, again, run, resume=True, val=0.25)
    assert "replay: making" not in capsys.readouterr().err


def test_a_hold_out_without_clean_images_is_noticed_before_training(
    photo_crops: Path, tmp_path: Path
) -> None:
    user = write_user_folder(photo_crops, tmp_path / "user")
    fakes = tmp_path / "val"
    for kind in ("real", "fake"):
        (fakes / kind).mkdir(parents=True)
    Image.new("RGB", (96, 96)).save(fakes / "fake" / "a.png")
    (fakes / "real" / "b.png").write_bytes(b"damaged")
    run, output = tmp_path / "run", tmp_path / "mine.safetensors"
    with pytest.raises(DataError, match="no readable clean image in the validation set"):
        train_multi([user], output, MultiSettings(), LOOP, run, val_folders=[fakes])
    assert not run.exists()


def test_labelled_crops_hold_one_of_each(photo_crops: Path, tmp_path: Path) -> None:
    user = write_user_folder(photo_crops, tmp_path / "user")
    samples = read_dataset(user).samples
    crops = LabelledCrops(samples, PairSettings(crop=64), tmp_path / "cache", seed=0)
    for index in range(5):
        pair = crops[index]
        assert pair["images"].shape == (2, 3, 64, 64)
        assert pair["score_target"][0].tolist() == [0, 0]
        assert pair["score_target"][1].any()
        assert pair["map_weight"].tolist() == [1, 0]  # no mask is known in real/ + fake/


def test_a_window_of_a_large_photo_holds_the_mask(tmp_path: Path) -> None:
    side = WINDOW + 400
    mask = np.zeros((side, side), np.uint8)
    mask[:30, :30] = 255
    Image.fromarray(np.full((side, side, 3), 128, np.uint8)).save(tmp_path / "photo.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    sample = Sample(tmp_path / "photo.png", "inpainted", mask=tmp_path / "mask.png")
    crops = LabelledCrops([sample], PairSettings(crop=64), tmp_path / "cache", seed=0)
    assert crops.bank.image(0).shape == (WINDOW, WINDOW, 3)
    pair = crops[0]
    assert pair["map_target"].any()
    assert pair["map_weight"].tolist() == [1, 1]
    assert pair["score_target"].tolist() == [[1, 0], [1, 0]]  # no clean image: both are fills


def test_a_task_makes_no_pairs_by_itself(photo_crops: Path, tmp_path: Path) -> None:
    data = MultiData.read([write_user_folder(photo_crops, tmp_path / "user")])
    settings = MultiSettings(pairs=PairSettings(crop=64))
    data.crops(settings, tmp_path / "run", seed=0)
    assert {path.suffix for path in (tmp_path / "run").iterdir()} == {".u8", ".json"}


def test_data_without_a_clean_image_cannot_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--replay 0"):
        make_replay([Sample(tmp_path / "a.png", "generated")], tmp_path, seed=0)


def make_set(photo_crops: Path, folder: Path, split: tuple[float, float, float]) -> Path:
    generate(photo_crops, folder, Settings(methods=(Choice("copy-move"),), split=split), workers=1)
    return folder


def test_a_data_set_without_a_training_split_is_refused(photo_crops: Path, tmp_path: Path) -> None:
    folder = make_set(photo_crops, tmp_path / "set", (0, 1, 0))
    with pytest.raises(DataError, match="needs images in the split train"):
        MultiData.read([folder])


def test_photos_are_held_out_where_there_is_no_validation_split(
    photo_crops: Path, tmp_path: Path
) -> None:
    folder = make_set(photo_crops, tmp_path / "set", (1, 0, 0))
    data = MultiData.read([folder], val=0.3)
    trained, held_out = ({s.source for s in part} for part in (data.pairs, data.held_out_pairs))
    assert (len(trained), len(held_out)) == (8, 4)
    assert not trained & held_out


def test_validation_data_of_their_own_are_taken(photo_crops: Path, tmp_path: Path) -> None:
    folder = make_set(photo_crops, tmp_path / "set", (0.7, 0.3, 0))
    user = write_user_folder(photo_crops, tmp_path / "user")
    data = MultiData.read([folder], val_folders=[user])
    assert {sample.split for sample in data.pairs} == {"train"}
    assert not data.held_out_pairs
    assert len(data.held_out_labelled) == 24
    with pytest.raises(DataError, match="validation images leak"):
        MultiData.read([user], val_folders=[user])


def test_two_processes_may_write_one_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written_by_another_meanwhile() -> Iterator[np.ndarray]:
        monkeypatch.setattr("os.getpid", lambda: 0)
        write_bank("content", lambda: [picture], tmp_path)
        yield picture

    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    bank = write_bank("content", written_by_another_meanwhile, tmp_path)
    np.testing.assert_array_equal(bank.image(0), picture)
