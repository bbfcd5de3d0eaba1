"""Detect, localize and segment from a data set to a file that scans; resume; two processes."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from inpaintscan.data import read_dataset
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError, UsageError
from inpaintscan.nets.nixnet import NixNet
from inpaintscan.scan import load
from inpaintscan.train import images
from inpaintscan.train.images import ImageTask, train_images
from inpaintscan.train.loop import Batch, LoopConfig, train
from inpaintscan.train.settings import ImageSettings
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


def test_fine_tuning_goes_on_from_a_file(toy_set: Path, tmp_path: Path) -> None:
    train_set, val_set = split_dataset(read_dataset(toy_set))
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    train_images(train_set, val_set, first, SEGMENT, tmp_path / "a")
    still = replace(SEGMENT, learning_rate=0.0)
    train_images(train_set, val_set, second, still, tmp_path / "b", init=first)
    before, after = load_file(first), load_file(second)
    assert all(torch.equal(before[name], after[name]) for name in before)
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
from tests.train.test_images import CONFIG, task_of
from inpaintscan.train.loop import train
train(task_of(Path(sys.argv[1])), CONFIG, Path(sys.argv[2]))
"""


def test_two_processes_equal_one(toy_set: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {
        **os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port,
        "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(toy_set), str(tmp_path / "two")],
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=Path(__file__).parents[2],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
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


def test_every_kind_has_what_the_task_calls() -> None:
    for kind in images.KINDS.values():
        assert all(
            hasattr(kind, name) for name in ("network_arguments", "loss", "observe", "figures")
        )
