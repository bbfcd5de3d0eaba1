"""One training loop for every task: steps, precision, EMA, checkpoints, processes.

A run is a function of its configuration and seed alone. Sample `i` of a run is made from
`(seed, i)`, whatever the number of loader workers or processes, so a resumed run sees the samples
that an uninterrupted one would have seen.
"""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from inpaintscan.errors import DataError, InpaintscanError, UsageError
from inpaintscan.train.loop.checkpoint import (
    Progress,
    append_row,
    drop_rows_after,
    restore_checkpoint,
    save_checkpoint,
    write_tensors,
)
from inpaintscan.train.loop.distributed import Processes
from inpaintscan.train.loop.optimizer import forget_idle, make_optimizer, rate_at
from inpaintscan.train.settings import LoopConfig

Batch = dict[str, Tensor]
_LOGGER = logging.getLogger("inpaintscan.train")
"""Gets a line for each validation."""


class Task(Protocol):
    """What a loop trains. `samples[i]` must depend on `i` and the seed alone."""

    network: nn.Module
    metric: str
    """The validation figure to keep the best weights by; higher is better."""

    @property
    def samples(self) -> Dataset[Batch]:
        """What batches are drawn from."""
        ...

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return figures on held-out data; `metric` is one of them."""
        ...


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
            raise UsageError(f"{run_dir}: holds a run already; add --resume or name another")
        run_dir.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.device = processes.device
        self.network = task.network.to(self.device)
        self.average = {
            name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()
        }
        self.optimizer = make_optimizer(self.network, config)
        self.progress = Progress()
        if self.checkpoint.exists():
            self.progress = restore_checkpoint(
                self.checkpoint, self.network, self.average, self.optimizer
            )
        if processes.first:
            drop_rows_after(run_dir / "history.csv", self.progress.step)
        self.wrapped = processes.wrap(self.network)

    def run(self) -> nn.Module:
        if self._is_stale():  # a resumed run that had stopped early
            return self._best()
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
                shown = {name: f"{value:.4g}" for name, value in row.items() if name != "step"}
                bar.set_postfix(shown)
                if self.processes.first:
                    figures = ", ".join(f"{name} {value}" for name, value in shown.items())
                    _LOGGER.info("step %d of %d: %s", step, stop, figures)
                running, since = 0.0, 0
                self._save()
                if self._is_stale():
                    break
        bar.close()
        return self._best()

    def _is_stale(self) -> bool:
        patience = self.config.patience
        return patience is not None and self.progress.stale >= patience

    def _batches(self) -> Iterator[list[Batch]]:
        """Yield, for each step, its parts for this process."""
        config, first = self.config, self.progress.step
        parts = config.accumulate * self.processes.count
        if config.batch_size % parts:
            raise UsageError(f"batch size {config.batch_size}: must be a multiple of {parts}")
        size = config.batch_size // parts
        starts = [
            step * config.batch_size + (part * self.processes.count + self.processes.rank) * size
            for step in range(first, config.steps)
            for part in range(config.accumulate)
        ]
        loader = DataLoader(
            self.task.samples,
            batch_sampler=[list(range(start, start + size)) for start in starts],
            num_workers=config.workers,
            persistent_workers=False,
            prefetch_factor=4 if config.workers else None,
            worker_init_fn=_one_thread,
        )
        held: list[Batch] = []
        for batch in read_batches(loader):
            held.append(batch)
            if len(held) == config.accumulate:
                yield held
                held = []

    def _step(self, parts: list[Batch]) -> float:
        config, progress = self.config, self.progress
        torch.manual_seed(config.seed * 1_000_003 + progress.step)
        rate = config.learning_rate * progress.rate_factor * rate_at(progress.step, config)
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
        forget_idle(self.network)
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
            found = self.task.validate(self.network)
        figures = self.processes.agree(found)
        progress, config = self.progress, self.config
        if figures[self.task.metric] > progress.best or self.keep == "last":
            progress.best, progress.stale = figures[self.task.metric], 0
            if self.processes.first:
                write_tensors(self.run_dir / "best.safetensors", self.average)
        else:
            progress.stale += 1
            flat = max(1, (config.patience or 4) // 2)
            if config.schedule == "plateau" and progress.stale % flat == 0:
                progress.rate_factor /= 10
        self.network.load_state_dict(live)
        row = {"step": progress.step, "train_loss": train_loss, **figures, "seconds": seconds}
        if self.processes.first:
            append_row(self.run_dir / "history.csv", row)
        return row

    def _save(self) -> None:
        if self.processes.first:
            save_checkpoint(
                self.checkpoint, self.network, self.average, self.optimizer, self.progress
            )

    def _best(self) -> nn.Module:
        self.processes.wait()
        self.network.load_state_dict(load_file(self.run_dir / "best.safetensors"))
        return self.network.eval()


def rng_for(seed: int, index: int) -> np.random.Generator:
    """Return the random generator of sample `index`, the same on any worker."""
    return np.random.default_rng([seed, index])


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


T = TypeVar("T")


def read_batches(loader: Iterable[T]) -> Iterator[T]:
    """Yield the batches of a loader.

    Raises:
        DataError: with the one line of a worker's error, before which torch puts its traceback.
    """
    try:
        yield from loader
    except InpaintscanError as error:
        line = str(error).rpartition(f"{type(error).__name__}: ")[2].strip()
        raise DataError(line) from error
