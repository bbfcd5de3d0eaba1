"""`train --task multi` on plain folders of photos, at toy size."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from inpaintscan.cli.app import main
from inpaintscan.data.layouts import is_plain, read_dataset
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError, MissingExtraError
from inpaintscan.train.crops.multi_data import MultiData, draw_pairs
from inpaintscan.train.crops.pairs import PairSettings
from inpaintscan.train.drawn.shares import DrawnSettings, PairShares
from inpaintscan.train.settings import LoopConfig
from inpaintscan.train.tasks.multi import MultiSettings, train_multi
from inpaintscan.weights import load_network, read_card

LOOP = LoopConfig(steps=2, batch_size=2, workers=0, validate_every=2)
SMALL: dict[str, dict[str, Any]] = {
    "scannet": {"widths": [4, 4, 8, 8], "decoder_width": 8},
    "tracenet": {"widths": [4, 4, 8, 8, 8], "decoder_width": 8, "learnt": 1},
}
SETTINGS = MultiSettings(
    pairs=PairSettings(crop=64),
    drawn=DrawnSettings(pairs=PairShares(rebuilt=0)),
    validation_pairs=4, validation_crop=64, drawn_images=4, drawn_side=96,
)  # fmt: skip


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six albums of two photos each."""
    folder = tmp_path_factory.mktemp("albums")
    for album in range(6):
        (folder / f"{album}").mkdir()
        pixels = (skimage.data.coffee() if album % 2 else skimage.data.astronaut())[60 * album :]
        for number in range(2):
            cut = np.ascontiguousarray(pixels[:100, 110 * number : 110 * number + 100])
            Image.fromarray(cut).save(folder / f"{album}" / f"{number}.jpg")
    return folder


@pytest.mark.parametrize("arch", SMALL)
def test_photos_alone_make_calibrated_weights(album: Path, tmp_path: Path, arch: str) -> None:
    settings = replace(SETTINGS, arch=arch, arch_args=SMALL[arch])
    output, run = tmp_path / "mine.safetensors", tmp_path / "run"
    card = train_multi([album], output, settings, LOOP, run, val=0.3)
    assert read_card(output) == card
    assert (card.arch, card.input.size) == (arch, 1024)
    assert card.training["calibration"]["clean"] == 4, "two whole albums"
    assert card.training["calibration"]["manipulated"] > 0
    assert set(card.thresholds) == {"inpainted", "generated"}
    assert card.training["settings"]["drawn"]["donors"]["other"] == 0.33
    network, _ = load_network(output)
    maps = network(torch.rand(1, 3, 64, 64)).map_logits
    assert maps.shape == (1, 2 if arch == "tracenet" else 1, 16, 16)

    longer = replace(LOOP, steps=4)
    train_multi([album], output, settings, longer, run, resume=True, val=0.3)
    history = (run / "history.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in history] == ["step", "2", "4"]
    second = tmp_path / "second.safetensors"
    begun = replace(SETTINGS, arch="scannet")  # the file's own network is taken
    card = train_multi([album], second, begun, LOOP, tmp_path / "next", init=output, val=0.3)
    assert (card.arch, card.arch_args) == (arch, SMALL[arch])


@pytest.mark.parametrize("arch", SMALL)
def test_photos_go_with_labelled_images(album: Path, tmp_path: Path, arch: str) -> None:
    for kind in ("images", "masks"):
        (tmp_path / "set" / kind).mkdir(parents=True)
    for number in range(10):
        picture = Image.fromarray(np.random.default_rng(number).integers(0, 256, (80, 80, 3), "u1"))
        if number % 2:
            picture.paste((90, 90, 90), (20, 20, 60, 60))
            mask = Image.new("L", (80, 80))
            mask.paste(255, (20, 20, 60, 60))
            mask.save(tmp_path / "set" / "masks" / f"{number}.png")
        picture.save(tmp_path / "set" / "images" / f"{number}.png")
    data = [album, tmp_path / "set"]
    settings = replace(SETTINGS, arch=arch, arch_args=SMALL[arch])
    output, run = tmp_path / "mine.safetensors", tmp_path / "run"
    card = train_multi(data, output, settings, LOOP, run, val=0.3)
    assert card.training["validation"]["quality"] >= 0
    assert not (run / "replay").exists(), "what is replayed is drawn"
    crops = MultiData.read(data, 0.3).crops(replace(settings, replay=0.5), run, 0)
    kinds = {bool((crops[i]["synthetic"] < 0).any()) for i in range(12)}
    assert kinds == {True, False}, "both of the set and of the photos"


def test_whole_folders_are_held_out(album: Path) -> None:
    data = MultiData.read([album], val=0.3)
    folders = [{sample.source for sample in part} for part in (data.photos, data.held_out_photos)]
    assert len(folders[0]) == 4
    assert len(folders[1]) == 2
    assert not folders[0] & folders[1]
    assert MultiData.read([album], val=0.3) == data
    several = MultiData.read(sorted(album.iterdir()), val=0.3)
    assert len({sample.source for sample in several.held_out_photos}) == 2, (
        "folders given one by one"
    )


def test_folders_given_for_validation_are_all_of_it(album: Path) -> None:
    first, *others = sorted(album.iterdir())
    data = MultiData.read(others, val_folders=[first])
    assert len(data.photos) == 10
    assert {sample.image.parent for sample in data.held_out_photos} == {first}
    with pytest.raises(DataError, match="leak"):
        MultiData.read([album], val_folders=[first])


def test_splits_of_photos_by_folder_name_are_kept(album: Path, tmp_path: Path) -> None:
    for number, split in enumerate(("train", "val")):
        (tmp_path / split / "nature").mkdir(parents=True)
        source = album / f"{number}" / "0.jpg"
        (tmp_path / split / "nature" / "a.jpg").write_bytes(source.read_bytes())
    train, val = split_dataset(read_dataset(tmp_path, plain=True))
    assert [sample.image.parts[-3] for sample in (*train, *val)] == ["train", "val"]


def test_albums_named_like_a_class_are_albums(album: Path, tmp_path: Path) -> None:
    for name in ("nature", "friends"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes((album / "0" / "0.jpg").read_bytes())
    assert len(read_dataset(tmp_path)) == 1, "a labelled set, where labels are needed"
    assert is_plain(tmp_path)
    assert len(read_dataset(tmp_path, plain=True)) == 2
    (tmp_path / "ai").mkdir()
    (tmp_path / "ai" / "b.jpg").write_bytes((album / "0" / "1.jpg").read_bytes())
    assert not is_plain(tmp_path)
    assert read_dataset(tmp_path, plain=True).layout == "real-fake"


def test_generated_images_of_a_labelled_set_are_drawn_from(album: Path, tmp_path: Path) -> None:
    for kind in ("real", "ai"):
        (tmp_path / "set" / kind).mkdir(parents=True)
    for number, photo in enumerate(sorted(album.rglob("*.jpg"))):
        name = "ai" if number % 3 == 0 else "real"
        (tmp_path / "set" / name / f"{number}.jpg").write_bytes(photo.read_bytes())
    data = MultiData.read([tmp_path / "set"], val=0.3)
    assert not data.labelled
    pairs = draw_pairs(data.photos, SETTINGS, 64, tmp_path / "cache", 0)
    assert pairs.generated is not None
    assert any(pairs[i]["score_target"][1, 1] == 1 for i in range(30))


def test_without_opencv_the_extra_is_named(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"plain photos needs.*inpaintscan\[classical\]"):
        draw_pairs([], SETTINGS, 64, tmp_path, 0)


def test_one_command_on_photos(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inpaintscan.train.drawn.rebuilt.shipped", lambda _: {})
    monkeypatch.setattr("inpaintscan.train.tasks.multi.MultiSettings", lambda: SETTINGS)
    output = tmp_path / "mine.safetensors"
    arguments = [f"{name}={value}" for name, value in SMALL["tracenet"].items()]
    arch = [part for text in arguments for part in ("--arch-arg", text)]
    command = [
        "train", str(album), "--task", "multi", "--arch", "tracenet", *arch, "--size", "64",
        "--steps", "1", "--batch-size", "2", "--workers", "0", "-o", str(output), "--no-progress",
    ]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(output)
    assert f"{album}: no labels; all its images count as clean photos" in printed.err
    assert read_card(output).arch == "tracenet"
