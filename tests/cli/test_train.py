"""`inpaintscan train` as a user types it."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from inpaintscan.cli.app import main
from inpaintscan.weights import Card, Input, read_card, write_weights

TOY = ("--size", "64", "--epochs", "1", "--batch-size", "4", "--workers", "0", "--no-progress")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def masked_set(tmp_path: Path) -> Path:
    """images/ + masks/: eight noisy pictures, every second one with a flat rectangle."""
    folder = tmp_path / "set"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
        if number % 2:
            pixels[16:40, 8:48] = 128
            mask = np.zeros((64, 64), np.uint8)
            mask[16:40, 8:48] = 255
            Image.fromarray(mask).save(folder / "masks" / f"{number}.png")
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
    return folder


def test_a_recipe_in_one_line(
    masked_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "boxes.safetensors"
    command = (
        "train", masked_set, "--recipe", "sideras2023", "--arch", "test_resnet", "--beta", "2",
        "--val", "0.3", "-o", output, *TOY,
    )  # fmt: skip
    assert run(*command) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(output)
    assert "mean_iou" in printed.err
    assert printed.err.count("boxes are measured in pixels") == 1  # the recipe's note
    card = read_card(output)
    assert (card.task, card.arch_args["arch"]) == ("localize", "test_resnet")
    settings = card.training["settings"]
    assert (settings["alpha"], settings["beta"]) == (100.0, 2.0)
    run_dir = tmp_path / "boxes.run"
    for plot in ("loss.png", "metrics.png"):
        with Image.open(run_dir / plot) as image:
            assert image.format == "PNG"
    assert run(*command) == 2
    assert "add --resume" in capsys.readouterr().err
    assert run(*command, "--resume") == 0


def test_segment_by_options(masked_set: Path, tmp_path: Path) -> None:
    output = tmp_path / "maps.safetensors"
    status = run(
        "train", masked_set, "--task", "segment", "--arch", "nixnet", "--arch-arg", "preset=tiny",
        "--fit", "resize", "--loss", "bce", "--val", "0.3", "-o", output, *TOY,
    )  # fmt: skip
    assert status == 0
    card = read_card(output)
    assert card.arch_args == {"preset": "tiny"}
    assert card.input == Input("resize", size=64, multiple=64, stride=4)


@pytest.mark.parametrize(
    "given", [("--arch", "vgg16"), ("--size", "64"), ("--residual",), ("--pretrained",)]
)
def test_what_weights_to_go_on_with_bring_is_not_asked_for(
    masked_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, ...]
) -> None:
    base = tmp_path / "base.safetensors"
    card = Card(name="base", task="detect", arch="classifier", input=Input("resize", 32))
    write_weights(base, nn.Linear(1, 1), card)
    command = ("train", masked_set, "--task", "detect", "--init", base, *given)
    assert run(*command, "-o", tmp_path / "m.safetensors") == 2
    assert f"{given[0]} is not for --init: {base} sets it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to train: --task NAME or --recipe NAME"),
        (("--task", "detect", "-o", "x.pth"), "must end in .safetensors"),
        (("--recipe", "baek2025", "--task", "segment"), "is for --task detect, not segment"),
        (
            ("--task", "detect", "--pretrained", "w.safetensors"),
            "--pretrained takes no file: write --pretrained-from w.safetensors",
        ),
        (("--task", "detect", "--beta", "2"), "--beta is not for --task detect"),
        (
            ("--task", "detect", "--loss", "bce-dice"),
            "--task detect takes bce, cross-entropy, focal",
        ),
        (("--task", "segment", "--arch-arg", "preset"), "--arch-arg preset: write NAME=VALUE"),
        (("--task", "detect", "--kinds", "realfake"), "--kinds realfake: "),
        (("--recipe", "nobody"), "--recipe nobody: there are baek2025"),
        (("--task", "ensemble"), "give at least two models"),
        (("--task", "ensemble", "--lr", "5"), "--learning-rate is not for --task ensemble"),
        (("--task", "ensemble", "--resume"), "--resume is not for --task ensemble"),
        (("--task", "ensemble", "--size", "999"), "--size is not for --task ensemble"),
        (("--task", "multi", "--kinds", "x"), "--kinds is not for --task multi"),
        (("--task", "multi", "--val-data", "/none"), "/none: no such data set"),
        (("--task", "multi", "--arch", "vgg16"), "--arch vgg16: --task multi takes scannet"),
        (("--task", "autoencoder", "--arch", "x"), "--arch is not for --task autoencoder"),
        (("--task", "inpainter", "--val", "0.5"), "--val is not for --task inpainter"),
        (("--task", "inpainter", "--arch", "x"), "takes gated, partial, fourier"),
    ],
)
def test_what_does_not_fit_together_is_said(
    masked_set: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    output = () if "-o" in arguments else ("-o", tmp_path / "m.safetensors")
    assert run("train", masked_set, *output, *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


def stub_training(monkeypatch: pytest.MonkeyPatch, *, interrupted: bool) -> None:
    """Let `train` log a validation, and then end or be interrupted."""

    def train(options: object, run_dir: Path) -> Card:
        logging.getLogger("inpaintscan.train").info("step 5 of 10: loss 0.5")
        if interrupted:
            raise KeyboardInterrupt
        return Card("x", "detect", "x", training={"validation": {"auc": 0.5}})

    monkeypatch.setattr("inpaintscan.jobs.train_run.run_train", train)


@pytest.mark.parametrize("begun", [False, True])
def test_an_interrupted_training_says_how_to_go_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    begun: bool,
) -> None:
    stub_training(monkeypatch, interrupted=True)
    if begun:
        (tmp_path / "x.run").mkdir()
        (tmp_path / "x.run/checkpoint.safetensors").touch()
    assert run("train", tmp_path, "--task", "detect", "-o", tmp_path / "x.safetensors") == 130
    said = capsys.readouterr().err
    assert ("the same command with --resume" in said) is begun
    assert ("start the same command again" in said) is not begun


@pytest.mark.parametrize(("more", "lines"), [((), 2), (("--quiet",), 0)])
def test_a_pipe_gets_a_line_for_each_validation(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    lines: int,
) -> None:
    stub_training(monkeypatch, interrupted=False)
    output = tmp_path / "x.safetensors"
    assert run("train", tmp_path, "--task", "detect", "-o", output, *more) == 0
    said = capsys.readouterr().err.splitlines()
    assert said == ["inpaintscan: step 5 of 10: loss 0.5", "validation: auc 0.5"][:lines]


def test_the_device_of_train_is_checked(
    masked_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "x.safetensors"
    arguments = ("train", masked_set, "--task", "segment", "--arch", "nixnet", "-o", output)
    assert run(*arguments, "--arch-arg", "preset=tiny", "--device", "toaster", *TOY) == 2
    assert "device 'toaster'" in capsys.readouterr().err


def test_init_takes_the_name_of_shipped_weights(
    masked_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "x.safetensors"
    arguments = ("train", masked_set, "--task", "multi", "-o", output)
    assert run(*arguments, "--init", "inpaintscan", "--arch", "scannet") == 2
    assert "--arch is not for --init: inpaintscan sets it" in capsys.readouterr().err
    assert run(*arguments, "--init", "absent") == 2
    assert "no weights named 'absent'; shipped are:" in capsys.readouterr().err
