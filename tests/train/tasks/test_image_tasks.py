"""Detect, localize and segment from a data set to a file that scans; resume; two processes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from inpaintscan.data import read_dataset
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError, UsageError
from inpaintscan.nets.detectors.nixnet import NixNet
from inpaintscan.scan import load
from inpaintscan.train.loop.loop import Batch, train
from inpaintscan.train.settings import ImageSettings, LoopConfig
from inpaintscan.train.tasks.image_tasks import KINDS, ImageTask, train_images
from inpaintscan.weights import Card, read_card

SMALL: dict[str, Any] = {"size": 64, "epochs": 1, "batch_size": 4, "workers": 0}
SEGMENT = ImageSettings(
    task="segment",
    arch="nixnet",
    arch_args={"preset": "tiny"},
    loss="focal",
    optimizer="sgd",
    **SMALL,
)
CARD = Card(name="x", task="segment", arch="nixnet", classes=("inpainted",))


@pytest.mark.parametrize(
    ("settings", "figures"),
    [
        (ImageSettings(task="detect", arch="test_vit", **SMALL), {"auc", "accuracy", "f1"}),
        (ImageSettings(task="localize", arch="test_convnext", **SMALL), {"mean_iou", "f1"}),
        (SEGMENT, {"pixel_f1", "pixel_iou"}),
        (
            ImageSettings(task="segment", arch="scannet", fit="tile", loss="bce-dice", **SMALL),
            {"pixel_f1", "auc"},
        ),
    ],
    ids=["detect", "localize", "nixnet", "scannet"],
)
def test_a_trained_file_scans(
    toy_set: Path, tmp_path: Path, settings: ImageSettings, figures: set[str]
) -> None:
    output = tmp_path / "model.safetensors"
    card = train_images(*split_dataset(read_dataset(toy_set)), output, settings, tmp_path / "run")
    assert card == read_card(output)
    assert figures <= set(card.training["validation"])
    assert card.training["calibration"] == {"clean": 3, "manipulated": 3}
    assert {point.fpr for point in card.thresholds["inpainted"]} == {0.05, 0.01, 0.001}
    clean = [sample.image for sample in read_dataset(toy_set).of(split="val", label="clean")]
    findings = list(load(str(output)).scan_many(clean))
    # No clean validation image reaches the threshold that was set on them.
    assert [finding.verdict for finding in findings] == ["clean"] * 3
    assert (findings[0].prob_map is not None) == (settings.task == "segment")
    with (tmp_path / "run" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2"]
    assert figures <= set(rows[0])


def test_nothing_is_written_before_it_is_calibrated(
    toy_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    output = tmp_path / "model.safetensors"
    output.write_bytes(b"an older model")
    monkeypatch.setattr("inpaintscan.scan.pipeline.Scanner.scan_many", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_images(*split_dataset(read_dataset(toy_set)), output, SEGMENT, tmp_path / "run")
    assert output.read_bytes() == b"an older model"
    assert [path.name for path in tmp_path.glob("*safetensors*")] == ["model.safetensors"]


def test_a_hold_out_without_clean_images_is_noticed_before_training(
    toy_set: Path, tmp_path: Path
) -> None:
    train_set, val_set = split_dataset(read_dataset(toy_set))
    made = val_set.of(label="inpainted")
    with pytest.raises(DataError, match="no readable clean image in the validation set"):
        train_images(train_set, made, tmp_path / "m.safetensors", SEGMENT, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_fine_tuning_goes_on_from_a_file(toy_set: Path, tmp_path: Path) -> None:
    train_set, val_set = split_dataset(read_dataset(toy_set))
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    train_images(train_set, val_set, first, SEGMENT, tmp_path / "a")
    still = replace(SEGMENT, learning_rate=0.0)
    train_images(train_set, val_set, second, still, tmp_path / "b", init=first)
    before, after = load_file(first), load_file(second)
    assert all(torch.equal(before[name], after[name]) for name in before)
    begun = replace(still, arch="scannet", arch_args={}, residual=True, pretrained="download")
    card = train_images(train_set, val_set, second, begun, tmp_path / "d", init=first)
    settings = card.training["settings"]  # of the network that was trained
    assert (settings["arch"], settings["arch_args"]) == ("nixnet", {"preset": "tiny"})
    assert (settings["residual"], settings["pretrained"]) == (False, None)
    detect = ImageSettings(task="detect", arch="test_vit", **SMALL)
    with pytest.raises(UsageError, match="weights of task segment; --task detect cannot go on"):
        train_images(train_set, val_set, second, detect, tmp_path / "c", init=first)


def task_of(folder: Path) -> ImageTask:
    torch.manual_seed(0)
    train_set, val_set = split_dataset(read_dataset(folder))
    return ImageTask(SEGMENT, train_set.samples, val_set.samples, CARD, NixNet("tiny"))


CONFIG = LoopConfig(
    steps=4, batch_size=4, optimizer="sgd", learning_rate=0.1, warmup=0, workers=0, validate_every=2
)


class Interrupted(ImageTask):
    """Stops in the middle, as Ctrl-C does."""

    calls = 0

    def loss(self, network: torch.nn.Module, batch: Batch) -> torch.Tensor:
        self.calls += 1
        if self.calls == 4:
            raise KeyboardInterrupt
        return super().loss(network, batch)


def test_resumed_equals_uninterrupted(toy_set: Path, tmp_path: Path) -> None:
    whole = train(task_of(toy_set), CONFIG, tmp_path / "whole").state_dict()
    broken = task_of(toy_set)
    broken.__class__ = Interrupted
    with pytest.raises(KeyboardInterrupt):
        train(broken, CONFIG, tmp_path / "parts")
    resumed = train(task_of(toy_set), CONFIG, tmp_path / "parts", resume=True).state_dict()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_accumulation_equals_one_part(toy_set: Path, tmp_path: Path) -> None:
    whole = train(task_of(toy_set), CONFIG, tmp_path / "whole").state_dict()
    config = replace(CONFIG, accumulate=2)
    parts = train(task_of(toy_set), config, tmp_path / "parts").state_dict()
    assert all(torch.allclose(whole[name], parts[name], atol=1e-5) for name in whole)


WORKER = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from tests.train.tasks.test_image_tasks import CONFIG, task_of
from inpaintscan.train.loop.loop import train
train(task_of(Path(sys.argv[1])), CONFIG, Path(sys.argv[2]))
"""


def test_two_processes_equal_one(
    toy_set: Path, tmp_path: Path, run_twice: Callable[..., None]
) -> None:
    run_twice(WORKER, toy_set, tmp_path / "two")
    one = train(task_of(toy_set), CONFIG, tmp_path / "one").state_dict()
    two = load_file(tmp_path / "two" / "best.safetensors")
    assert all(torch.allclose(one[name], two[name], atol=1e-5) for name in one)


def test_what_the_data_lack_is_said(toy_set: Path, tmp_path: Path) -> None:
    train_set, val_set = split_dataset(read_dataset(toy_set))
    output = tmp_path / "m.safetensors"
    unmasked = train_set.with_samples([replace(sample, mask=None) for sample in train_set])
    with pytest.raises(DataError, match="no inpainted image with a mask; --task segment needs"):
        train_images(unmasked, val_set, output, SEGMENT, tmp_path / "run")
    clean = train_set.of(label="clean")
    detect = ImageSettings(task="detect", arch="test_vit", **SMALL)
    with pytest.raises(DataError, match="holds only clean images"):
        train_images(clean, val_set, output, detect, tmp_path / "run")
    with pytest.raises(DataError, match="8 validation images leak"):
        train_images(train_set, train_set, output, detect, tmp_path / "run")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arch": "resnet50"}, "--task segment takes scannet, fcn_resnet50, nixnet"),
        ({"arch_args": {"width": 3}}, "unexpected keyword argument 'width'"),
        ({"size": 70}, "must be a multiple of 4"),
        ({"freeze_backbone": True}, "nixnet has no backbone to freeze"),
    ],
)
def test_settings_that_do_not_fit_are_said(
    toy_set: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    train_set, val_set = split_dataset(read_dataset(toy_set))
    with pytest.raises(UsageError, match=message):
        train_images(
            train_set,
            val_set,
            tmp_path / "m.safetensors",
            replace(SEGMENT, **changes),
            tmp_path / "run",
        )


@pytest.mark.parametrize(("task", "arch"), [("localize", "test_vit"), ("segment", "nixnet")])
def test_a_frame_made_whole_is_inpainted_all_over(
    toy_set: Path, tmp_path: Path, task: Any, arch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(started: ImageTask, *_: object) -> None:
        tasks.append(started)
        raise KeyboardInterrupt

    tasks: list[ImageTask] = []
    monkeypatch.setattr("inpaintscan.train.tasks.image_tasks.train", stop)
    train_set, val_set = split_dataset(read_dataset(toy_set))
    whole = [
        replace(sample, label="generated", mask=None, box=None) if sample.manipulated else sample
        for sample in val_set
    ]
    settings = ImageSettings(task=task, arch=arch, **SMALL)
    output = tmp_path / "m.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_images(train_set, val_set.with_samples(whole), output, settings, tmp_path / "run")
    for number, sample in enumerate(whole):
        example = tasks[0].held_out[number]
        assert example["labels"].tolist() == [float(sample.manipulated)]
        assert example["box"].tolist() == ([0, 0, 1, 1] if sample.manipulated else [0, 0, 0, 0])


def test_every_kind_has_what_the_task_calls() -> None:
    for kind in KINDS.values():
        assert all(
            hasattr(kind, name) for name in ("network_arguments", "loss", "observe", "figures")
        )
