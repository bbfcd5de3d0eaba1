"""What a run leaves in its folder: the checkpoint, the best weights, the history."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inpaintscan.errors import DataError
from inpaintscan.files import replacing, write_text


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    step: int = 0
    best: float = -math.inf
    stale: int = 0
    """Validations since the best one."""
    rate_factor: float = 1.0


def save_checkpoint(
    path: Path,
    network: nn.Module,
    average: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> None:
    """Write all that a run needs to go on as if it had not stopped."""
    tensors = {f"network.{name}": t for name, t in network.state_dict().items()}
    tensors |= {f"average.{name}": t for name, t in average.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {
            f"optimizer.{index}.{name}": torch.as_tensor(value)
            for name, value in state.items()
            if value is not None
        }
    write_tensors(path, tensors, {name: getattr(progress, name) for name in Progress.__slots__})


def restore_checkpoint(
    path: Path, network: nn.Module, average: dict[str, Tensor], optimizer: torch.optim.Optimizer
) -> Progress:
    """Bring network, average and optimizer back to where they were, and say where that was.

    Raises:
        DataError: if the checkpoint is damaged or of another network.
    """
    try:
        tensors = load_file(path)
        with safe_open(path, framework="pt") as file:
            progress = json.loads((file.metadata() or {})["progress"])
        network.load_state_dict(_under("network.", tensors))
        for name, tensor in _under("average.", tensors).items():
            average[name].copy_(tensor)
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise DataError(f"{path}: not a checkpoint of this run ({error})") from error
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under("optimizer.", tensors).items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    return Progress(**progress)


def write_tensors(
    path: Path, tensors: dict[str, Tensor], progress: dict[str, Any] | None = None
) -> None:
    """Write tensors, and where the run stands, through a temporary name."""
    whole = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    metadata = {"progress": json.dumps(progress or {}, sort_keys=True)}
    with replacing(path) as temporary:
        save_file(whole, temporary, metadata=metadata)


def append_row(path: Path, row: dict[str, float]) -> None:
    """Add a row to a CSV file, with a header if it is the first."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(
            {name: value if name == "step" else f"{value:.6g}" for name, value in row.items()}
        )


def drop_rows_after(path: Path, step: int) -> None:
    """Drop the rows of `append_row` past `step`: a run killed before its checkpoint left them."""
    if not path.exists():
        return
    with path.open(newline="") as file:
        head, *rows = list(file) or [""]
    kept = [row for row in rows if float(row.split(",")[0]) <= step]
    write_text(path, "".join([head, *kept]))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
