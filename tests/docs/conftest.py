"""The folders that a reader of the README has, made of bundled photos."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with `Pictures`, which is also the working folder of the README's commands."""
    cat, astronaut = skimage.data.chelsea()[:256, :320], skimage.data.astronaut()[:256, :256]
    for folder in ["Pictures/2024", "Pictures/2025", "docs", "assets"]:
        (tmp_path / folder).mkdir(parents=True)
    Image.fromarray(cat).save(tmp_path / "Pictures/2024/cat.jpg", quality=95)
    Image.fromarray(astronaut).save(tmp_path / "Pictures/2025/astronaut.png")
    Image.fromarray(np.ascontiguousarray(cat[:, ::-1])).save(tmp_path / "photo.jpg", quality=90)
    Image.fromarray(astronaut[::-1]).save(tmp_path / "other.jpg", quality=90)
    Image.fromarray(cat).save(tmp_path / "docs/figure.png")
    Image.fromarray(astronaut).save(tmp_path / "assets/logo one.webp")
    return tmp_path


@pytest.fixture
def reader(home: Path) -> dict[str, str]:
    """The variables of a shell in which `inpaintscan` is installed and `~` is `home`."""
    scripts = Path(sys.executable).parent
    return os.environ | {
        "HOME": str(home),
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "BROWSER": "true",
        "NO_COLOR": "1",
        "MYPY_CACHE_DIR": str(home / ".mypy_cache"),
    }


@pytest.fixture
def answer(home: Path) -> Callable[[], dict[str, str]]:
    """Read a GitHub output file back as name to value."""

    def read() -> dict[str, str]:
        lines = (home / "github_output").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    return read
