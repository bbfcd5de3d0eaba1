"""The loop's own rules, on a task that never gets better."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from inpaintscan.train.loop import loop
from inpaintscan.train.loop.loop import Batch, train
from inpaintscan.train.settings import LoopConfig


class Numbers(Dataset[Batch]):
    def __getitem__(self, index: int) -> Batch:
        return {"x": torch.tensor([float(index)])}


class Stuck:
    metric = "quality"
    samples = Numbers()

    def __init__(self) -> None:
        self.network: nn.Module = nn.Linear(1, 1)
        self.steps = 0

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        self.steps += 1
        loss: Tensor = network(batch["x"]).square().mean()
        return loss

    def validate(self, _network: nn.Module) -> dict[str, float]:
        return {"quality": 0.5}


CONFIG = LoopConfig(steps=100, batch_size=2, workers=0, validate_every=2, patience=3)


def steps_of(run: Path) -> list[int]:
    with (run / "history.csv").open() as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


def test_training_stops_once_the_metric_was_flat_for_as_long_as_patience(tmp_path: Path) -> None:
    train(Stuck(), CONFIG, tmp_path)
    assert steps_of(tmp_path) == [2, 4, 6, 8]


def test_resuming_a_run_that_stopped_early_trains_no_further(tmp_path: Path) -> None:
    best = train(Stuck(), CONFIG, tmp_path).state_dict()
    again = Stuck()
    resumed = train(again, CONFIG, tmp_path, resume=True).state_dict()
    assert again.steps == 0
    assert steps_of(tmp_path) == [2, 4, 6, 8]
    for name, tensor in best.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=0)


def test_more_patience_lets_it_go_on(tmp_path: Path) -> None:
    train(Stuck(), CONFIG, tmp_path)
    train(Stuck(), replace(CONFIG, patience=5), tmp_path, resume=True)
    assert steps_of(tmp_path) == [2, 4, 6, 8, 10, 12]


def test_rows_past_the_checkpoint_are_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, row: dict[str, float]) -> None:
        append_row(path, row)
        if row["step"] == 4:
            raise KeyboardInterrupt

    append_row = loop.append_row
    monkeypatch.setattr(loop, "append_row", killed)
    with pytest.raises(KeyboardInterrupt):
        train(Stuck(), CONFIG, tmp_path)
    assert steps_of(tmp_path) == [2, 4]
    monkeypatch.undo()
    train(Stuck(), CONFIG, tmp_path, resume=True)
    assert steps_of(tmp_path) == [2, 4, 6, 8]


UNEQUAL = """
import os
import sys
from pathlib import Path
import torch
from tests.train.loop.test_loop import CONFIG, Stuck
from inpaintscan.train.loop.loop import train
torch.set_num_threads(1)
class Unequal(Stuck):
    def validate(self, network):
        return {"quality": self.steps * float(os.environ["RANK"])}
train(Unequal(), CONFIG, Path(sys.argv[1]))
"""


def test_processes_stop_together(tmp_path: Path, run_twice: Callable[..., None]) -> None:
    run_twice(UNEQUAL, tmp_path)
    assert steps_of(tmp_path) == [2, 4, 6, 8]
