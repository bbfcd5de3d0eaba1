"""Holes to fill, and small weights files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from inpaintscan.gen_data.inpainters import Hole
from inpaintscan.nets import NETWORKS
from inpaintscan.weights import Card, write_weights


@pytest.fixture
def hole(photo: NDArray[np.uint8]) -> Callable[..., Hole]:
    """Make a hole of two rectangles in the photo, one of them at the border."""

    def make(seed: int = 0, size_hw: tuple[int, int] = (96, 128)) -> Hole:
        image = np.ascontiguousarray(photo[: size_hw[0], : size_hw[1]])
        mask = np.zeros(image.shape[:2], dtype=bool)
        mask[20:44, 30:60] = True
        mask[-10:, -12:] = True
        return Hole(image, mask, np.random.default_rng(seed))

    return make


@pytest.fixture
def autoencoder(tmp_path: Path) -> Path:
    """A tiny untrained autoencoder of ours."""
    torch.manual_seed(0)
    arguments = {"factor": 2, "width": 4, "latent": 3}
    path = tmp_path / "tiny.safetensors"
    card = Card("tiny", "autoencoder", "autoencoder", arguments)
    write_weights(path, NETWORKS["autoencoder"](**arguments), card)
    return path
