"""One training loop for every task: steps, precision, EMA, checkpoints, processes.

A run is a function of its configuration and seed alone. Sample `i` of a run is made from
`(seed, i)`, whatever the number of loader workers or processes, so a resumed run sees the samples
that an uninterrupted one would have seen.
"""

from __future__ import annotations

import csv
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from inpaintscan.errors import DataError, UsageError
from inpaintscan.train.distributed import Processes

Batch = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How to train; what to train is the task's."""

    steps: int
    batch_size: int = 32
    """Samples a step, over all processes and accumulation parts."""
    accumulate: int = 1
    """Parts a step is computed in, to save memory."""
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    schedule: Literal["cosine", "constant", "plateau"] = "cosine"
    """`plateau` divides the rate by ten when the metric has not risen for `patience` // 2 rounds."""
    warmup: int = 100
    """Steps over which the rate rises from zero."""
    clip: float = 1.0
    """Largest gradient norm; 0 for none."""
    ema: float = 0.0
    """Decay of the averaged weights that are validated and written; 0 for none."""
    precision: Literal["fp32", "bf16"] = "fp32"
    seed: int = 0
    workers: int = 1
    validate_every: int = 1000
    patience: int | None = None
    """Validations without a better metric after which training stops."""


class Task(Protocol):
    """What a loop trains. `samples[i]` must depend on `i` and the seed alone."""

    network: nn.Module
    samples: Dataset[Batch]
    metric: str
    """The validation figure to keep the best weights by; higher is better."""

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return figures on held-out data; `metric` is one of them."""
        ...


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    step: int = 0
    best: float = -math.inf
    stale: int = 0
    """Validations since the best one."""
    rate_factor: float = 1.0


def train(
    task: Task,
    config: LoopConfig,
    run_dir: Path,
    resume: bool = False,
    keep: Literal["best", "last"] = "best",
) -> nn.Module:
    """Train and return the network of the best (or the last) validation, in evaluation mode.

    `run_dir` gets `checkpoint.safetensors` (to resume from), `best.safetensors` (tensors only) and
    `history.csv` (a row a validation). Start under `torchrun` for several processes.

    Raises:
        UsageError: if the run directory holds a run and `resume` is false.
        DataError: if the checkpoint is damaged or of another network.
    """
    processes = Processes.join()
    return _Run(task, config, run_dir, processes, resume, keep).run()


class _Run:
    def __init__(
        self,
        task: Task,
        config: LoopConfig,
        run_dir: Path,
        processes: Processes,
        resume: bool,
        keep: Literal["best", "last"],
    ) -> None:
        self.keep = keep
        self.task, self.config, self.run_dir, self.processes = task, config, run_dir, processes
        self.checkpoint = run_dir / "checkpoint.safetensors"
        if self.checkpoint.exists() and not resume:
            raise UsageError(f"{run_dir}: holds a run already; add --resume, or name another folder")
        run_dir.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.device = processes.device
        self.network = task.network.to(self.device)
        self.average = {
            name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()
        }
        self.optimizer = _optimizer(self.network, config)
        self.progress = Progress()
        if self.checkpoint.exists():
            self._restore()
        self.wrapped = processes.wrap(self.network)

    def run(self) -> nn.Module:
        started, running = time.monotonic(), 0.0
        since = 0
        stop = self.config.steps
        bar = tqdm(
            initial=self.progress.step, total=stop, unit="step", file=sys.stderr,
            disable=not self.processes.first or not sys.stderr.isatty(),
        )  # fmt: skip
        for batch_parts in self._batches():
            running += self._step(batch_parts)
            since += 1
            bar.update()
            step = self.progress.step
            if step % self.config.validate_every == 0 or step == stop:
                row = self._validate(running / since, time.monotonic() - started)
                bar.set_postfix({name: f"{value:.4g}" for name, value in row.items()})
                running, since = 0.0, 0
                self._save()
                if self.config.patience is not None and self.progress.stale >= self.config.patience:
                    break
        bar.close()
        return self._best()

    def _batches(self) -> Iterator[list[Batch]]:
        """Yield, a step, its parts for this process."""
        config, first = self.config, self.progress.step
        parts = config.accumulate * self.processes.count
        if config.batch_size % parts:
            raise UsageError(f"batch size {config.batch_size} does not divide by {parts} parts")
        size = config.batch_size // parts
        index_lists = [
            [step * config.batch_size + (part * self.processes.count + self.processes.rank) * size + i
             for i in range(size)]
            for step in range(first, config.steps) for part in range(config.accumulate)
        ]  # fmt: skip
        loader = DataLoader(
            self.task.samples,
            batch_sampler=index_lists,
            num_workers=config.workers,
            persistent_workers=False,
            prefetch_factor=4 if config.workers else None,
            worker_init_fn=_one_thread,
        )
        held: list[Batch] = []
        for batch in loader:
            held.append(batch)
            if len(held) == config.accumulate:
                yield held
                held = []

    def _step(self, parts: list[Batch]) -> float:
        config, progress = self.config, self.progress
        torch.manual_seed(config.seed * 1_000_003 + progress.step)
        rate = config.learning_rate * progress.rate_factor * _rate_at(progress.step, config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for number, batch in enumerate(parts):
            moved = {name: tensor.to(self.device) for name, tensor in batch.items()}
            with (
                self.processes.syncing(self.wrapped, last=number == len(parts) - 1),
                torch.autocast(
                    self.device.type, torch.bfloat16, enabled=config.precision == "bf16"
                ),
            ):
                loss = self.task.loss(self.wrapped, moved) / len(parts)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        if not math.isfinite(total):
            raise DataError(f"the loss is {total} at step {progress.step}: lower the learning rate")
        if config.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimizer.step()
        progress.step += 1
        self._update_average()
        return total

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.config.ema, (1 + self.progress.step) / (10 + self.progress.step))
        state = self.network.state_dict()
        for name, average in self.average.items():
            if self.config.ema and average.is_floating_point():
                average.lerp_(state[name], 1 - decay)
            else:
                average.copy_(state[name])

    def _validate(self, train_loss: float, seconds: float) -> dict[str, float]:
        live = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        self.network.eval()
        with torch.inference_mode():
            figures = self.task.validate(self.network)
        progress, config = self.progress, self.config
        if figures[self.task.metric] > progress.best or self.keep == "last":
            progress.best, progress.stale = figures[self.task.metric], 0
            if self.processes.first:
                _write(self.run_dir / "best.safetensors", self.average, {})
        else:
            progress.stale += 1
            if config.schedule == "plateau" and progress.stale % max(1, (config.patience or 4) // 2) == 0:
                progress.rate_factor /= 10
        self.network.load_state_dict(live)
        row = {"step": progress.step, "train_loss": train_loss, **figures, "seconds": seconds}
        if self.processes.first:
            _append_row(self.run_dir / "history.csv", row)
        return row

    def _save(self) -> None:
        if not self.processes.first:
            return
        tensors = {f"network.{name}": t for name, t in self.network.state_dict().items()}
        tensors |= {f"average.{name}": t for name, t in self.average.items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {
                f"optimizer.{index}.{name}": torch.as_tensor(value)
                for name, value in state.items()
                if value is not None
            }
        progress = {name: getattr(self.progress, name) for name in Progress.__slots__}
        _write(self.checkpoint, tensors, progress)

    def _restore(self) -> None:
        try:
            with safe_open(self.checkpoint, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                progress = json.loads((file.metadata() or {})["progress"])
            self.network.load_state_dict(_under("network.", tensors))
            for name, tensor in _under("average.", tensors).items():
                self.average[name].copy_(tensor)
        except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
            raise DataError(f"{self.checkpoint}: not a checkpoint of this run ({error})") from error
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under("optimizer.", tensors).items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.progress = Progress(**progress)

    def _best(self) -> nn.Module:
        self.processes.wait()
        best = self.run_dir / "best.safetensors"
        with safe_open(best, framework="pt") as file:
            self.network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        return self.network.eval()


def rng_for(seed: int, index: int) -> np.random.Generator:
    """Return the random generator of sample `index`, the same on any worker."""
    return np.random.default_rng([seed, index])


def _optimizer(network: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    parameters = [p for p in network.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=0.9)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.learning_rate)


def _rate_at(step: int, config: LoopConfig) -> float:
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    if config.schedule != "cosine":
        return warm
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / config.steps)))


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _write(path: Path, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    whole = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    save_file(whole, temporary, metadata={"progress": json.dumps(progress, sort_keys=True)})
    temporary.replace(path)


def _append_row(path: Path, row: dict[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in row.items()})
