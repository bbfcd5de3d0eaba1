"""A toy data set: textured pictures, some with a smooth rectangle pasted in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.models import vgg16

COLUMNS = (
    "image_id,split,kind,inpainted,xmin,ymin,xmax,ymax,mask_kind,method,source,category,prompt,seed"
)


def _write_pair(folder: Path, split: str, number: int, size: int) -> list[str]:
    rng = np.random.default_rng([number, len(split)])
    pixels = rng.normal(rng.uniform(80, 170), 40, (size, size, 3)).clip(0, 255).astype(np.uint8)
    sides = rng.integers(size // 3, size // 2, 2)
    top, left = (int(rng.integers(size - side)) for side in sides)
    inside = np.s_[top : top + sides[0], left : left + sides[1]]
    mask = np.zeros((size, size), np.uint8)
    mask[inside] = 255
    filled = pixels.copy()
    filled[inside] = pixels.mean(axis=(0, 1))
    for kind, content in (("original", pixels), ("realfake", filled), ("mask", mask)):
        path = folder / split / kind / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(content).save(path)
    box = f"{left},{top},{left + sides[1]},{top + sides[0]}"
    same = f"rect,flat,{number}.png,,,0"
    return [
        f"{number},{split},original,0,0,0,0,0,{same}",
        f"{number},{split},realfake,1,{box},{same}",
    ]


@pytest.fixture(scope="session")
def make_toy_set() -> Callable[..., Path]:
    """Return a function that writes a gen-data folder of `pairs` photos a split."""

    def make(folder: Path, pairs: int = 4, size: int = 64, val_pairs: int = 3) -> Path:
        rows = [COLUMNS]
        for split, count in (("train", pairs), ("val", val_pairs)):
            for number in range(count):
                rows += _write_pair(folder, split, number, size)
        (folder / "labels.csv").write_text("\n".join(rows) + "\n")
        return folder

    return make


@pytest.fixture(scope="session")
def toy_set(make_toy_set: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a gen-data folder of 4 + 3 pairs of 64 x 64 pixels."""
    return make_toy_set(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def photo_crops(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve 96 px crops of real photos."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("chelsea", "coffee", "astronaut"):
        pixels = np.asarray(Image.open(photos[name]).convert("RGB"))
        for number in range(4):
            top = 60 * number
            Image.fromarray(pixels[top : top + 96, 100:196]).save(folder / f"{name}{number}.png")
    return folder


@pytest.fixture
def run_twice() -> Callable[..., None]:
    """Return a function that runs a script as two processes of one group, and sees both end."""

    def run(script: str, *arguments: object) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        shared = {
            **os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port,
            "CUDA_VISIBLE_DEVICES": "",
        }  # fmt: skip
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", script, *map(str, arguments)],
                env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                cwd=Path(__file__).parents[2],
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(2)
        ]
        try:
            errors = [process.communicate(timeout=120)[1] for process in processes]
        finally:
            for process in processes:
                process.kill()
        assert [process.returncode for process in processes] == [0, 0], errors

    return run


@pytest.fixture(scope="session")
def vgg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first layers of an untrained VGG-16, in a file with torchvision's names."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg16.safetensors"
    layers = vgg16(weights=None).features[:16].state_dict()
    save_file({f"features.{name}": tensor for name, tensor in layers.items()}, path)
    return path
