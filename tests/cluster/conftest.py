"""A real Ray of two CPUs on this machine, small images, and a small network without training."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inpaintscan.card import Card, Input
from inpaintscan.cli.app import main
from inpaintscan.weights import Threshold, write_weights

POINTS = (Threshold(0.05, 0.3), Threshold(0.01, 0.5), Threshold(0.001, 0.9))


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """The address of a cluster with two CPUs that lasts for all tests."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  Ray's 15 starves them on a busy machine
    ray = pytest.importorskip("ray")
    context = start(ray)
    yield context.address_info["address"]
    ray.shutdown()


def start(ray: Any, attempts: int = 4) -> Any:
    """Start Ray; on a very busy machine its processes may take longer than it waits for them."""
    for attempt in range(1, attempts + 1):
        try:
            return ray.init(
                num_cpus=2,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=100_000_000,
            )
        except Exception:  # it raises no class of its own
            ray.shutdown()
            if attempt == attempts:
                raise
    return None


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of the shipped kind without training: any verdict will do."""
    import torch

    from inpaintscan.nets import NETWORKS

    torch.manual_seed(1)
    card = Card(
        name="untrained",
        task="multi",
        arch="scannet",
        input=Input(size=64),
        thresholds=dict.fromkeys(("inpainted", "generated"), POINTS),
    )
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    write_weights(path, NETWORKS["scannet"](), card)
    return path


def write_photos(folder: Path, count: int) -> Path:
    """Write small JPEG and PNG files, each another part of one photo, in two folders."""
    photo = skimage.data.coffee()
    for number in range(count):
        top, left = divmod(number * 7, 500)
        pixels = np.ascontiguousarray(photo[top * 13 : top * 13 + 48, left : left + 64])
        below = folder / ("b" if number % 3 else "a")
        below.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(below / f"{number:04d}.{'png' if number % 5 else 'jpg'}")
    return folder


def run_command(*arguments: str | Path) -> int:
    """Run `inpaintscan` in this process and return its exit status."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def worker_processes() -> list[int]:
    """The processes that are workers of ours on this machine."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True
    )
    lines = [line.split(maxsplit=1) for line in listed.stdout.splitlines()]
    return [int(line[0]) for line in lines if len(line) > 1 and line[1].startswith("ray::Worker")]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def images_of(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON report."""
    import json

    images: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["images"]
    return images
