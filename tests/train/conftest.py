"""A toy data set: textured pictures, some with a smooth rectangle pasted in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
