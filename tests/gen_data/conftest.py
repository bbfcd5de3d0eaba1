"""Photos for the tests: real ones, small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """A real photo with texture, uint8 (96, 128, 3)."""
    return np.ascontiguousarray(skimage.data.astronaut()[:384:4, :512:4])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Six photos in two folders and one directly in the source, in three formats."""
    folder = tmp_path / "photos"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    pixels = np.ascontiguousarray(skimage.data.astronaut())
    coffee = np.ascontiguousarray(skimage.data.coffee())
    cuts = {
        "a/one.jpg": pixels[:96, :128],
        "a/two.png": pixels[100:200, 100:180],
        "a/two.jpg": pixels[100:200, 200:280],
        "b/three.webp": coffee[:100, :100],
        "b/four.jpg": coffee[100:180, 300:420],
        "five.png": coffee[200:290, 100:200],
    }
    for name, cut in cuts.items():
        Image.fromarray(cut).save(folder / name)
    return folder
