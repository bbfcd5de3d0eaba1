"""Several training processes, as `torchrun` starts them; one, when it does not."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from inpaintscan.device import resolve_device

_PATIENCE = timedelta(hours=12)
"""How long processes wait for the first one, which makes replayed pairs and calibrates alone."""


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among all."""

    rank: int
    count: int
    device: torch.device

    @classmethod
    def join(cls, device: str = "auto") -> Processes:
        """Join the group that `torchrun` set up in the environment, if it did."""
        count = int(os.environ.get("WORLD_SIZE", "1"))
        chosen = resolve_device(device)
        if count == 1:
            return cls(0, 1, chosen)
        if chosen.type != "cpu":
            chosen = torch.device(chosen.type, int(os.environ.get("LOCAL_RANK", "0")))
        if not distributed.is_initialized():
            backend = "gloo" if chosen.type == "cpu" else "nccl"
            distributed.init_process_group(backend, timeout=_PATIENCE)
        return cls(distributed.get_rank(), count, chosen)

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network with its gradients averaged over all processes."""
        return network if self.count == 1 else DistributedDataParallel(network)

    def syncing(self, wrapped: nn.Module, last: bool) -> AbstractContextManager[None]:
        """Return a context in which gradients are exchanged only for the last part of a step."""
        if last or not isinstance(wrapped, DistributedDataParallel):
            return nullcontext()
        return wrapped.no_sync()

    def agree(self, figures: dict[str, float]) -> dict[str, float]:
        """Return the first process's figures; all processes have the same names in one order."""
        if self.count == 1:
            return figures
        values = torch.tensor([*figures.values()], dtype=torch.float64, device=self.device)
        distributed.broadcast(values, src=0)
        return dict(zip(figures, values.tolist(), strict=True))

    def wait(self) -> None:
        """Wait for all processes."""
        if self.count > 1:
            distributed.barrier()
