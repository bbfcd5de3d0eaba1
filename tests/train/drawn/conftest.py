"""Folders of plain photos, by code: textures of several sizes, and one file that is no image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inpaintscan.data import Sample, read_dataset
from inpaintscan.train.drawn.shares import DrawnSettings
from inpaintscan.train.drawn.twins import DrawnPairs

CUTS = {
    "beach/one.jpg": ("coffee", 0, 0, 260, 300),
    "beach/two.jpg": ("coffee", 100, 200, 260, 300),
    "town/three.png": ("astronaut", 0, 100, 280, 256),
    "town/four.webp": ("chelsea", 20, 60, 240, 260),
    "five.jpg": ("rocket", 100, 100, 200, 330),
    "six.png": ("astronaut", 250, 20, 70, 90),
}


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos in three folders, and a damaged file."""
    folder = tmp_path_factory.mktemp("album")
    for name, (photo, top, left, height, width) in CUTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        pixels = getattr(skimage.data, photo)()[top : top + height, left : left + width]
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / name)
    (folder / "town" / "damaged.jpg").write_bytes(b"no image")
    return folder


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Two images of a generator: flat green and flat blue."""
    folder = tmp_path_factory.mktemp("generated")
    for name, colour in (("a", (10, 200, 30)), ("b", (10, 30, 200))):
        Image.new("RGB", (200, 200), colour).save(folder / f"{name}.png")
    return [Sample(path, "generated", method="flat") for path in sorted(folder.iterdir())]


@pytest.fixture
def make_pairs(
    album: Path, generated: list[Sample], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., DrawnPairs]:
    """Return a function that draws in the album, with the generated images if wanted."""
    cache = tmp_path_factory.getbasetemp() / "drawn-cache"

    def make(
        settings: DrawnSettings | None = None, seed: int = 0, *, with_generated: bool = True
    ) -> DrawnPairs:
        samples = [*read_dataset(album, plain=True), *(generated if with_generated else [])]
        settings = settings or DrawnSettings()
        return DrawnPairs(samples, settings, 64, cache, seed, with_rebuilt=False)

    return make
