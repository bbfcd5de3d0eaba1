"""The JPEG lattice as input: it must tell how a picture was compressed, and on which grid."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from inpaintscan.nets.detectors.lattice import QUALITIES, Lattice, dct_basis, quantisation_table


def compressed(quality: int, shift: int = 0) -> Tensor:
    """Return a noisy grey picture after JPEG, float32 (1, 3, 64, 64), its grid moved by `shift`."""
    rng = np.random.default_rng(7)
    slope = np.linspace(40, 200, 80)
    grey = np.clip(slope[None] + slope[:, None] - 120 + rng.normal(0, 25, (80, 80)), 0, 255)
    file = io.BytesIO()
    picture = Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    picture.save(file, "JPEG", quality=quality)
    pixels = np.asarray(Image.open(file))[shift : shift + 64, shift : shift + 64]
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def test_the_basis_is_orthonormal() -> None:
    flat = dct_basis().reshape(64, 64)
    torch.testing.assert_close(flat @ flat.T, torch.eye(64), atol=1e-5, rtol=0)


@pytest.mark.parametrize("quality", [50, 75, 90])
def test_tables_are_those_that_pillow_writes(quality: int) -> None:
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", quality=quality)
    written = torch.tensor(Image.open(file).quantization[0]).reshape(8, 8).float()
    torch.testing.assert_close(quantisation_table(quality), written)


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_names_the_quality_a_picture_was_saved_with(quality: int) -> None:
    errors = Lattice()(compressed(quality))[0, : len(QUALITIES)].mean(dim=(1, 2))
    assert errors[QUALITIES.index(quality)] < -0.8


def test_another_grid_is_no_lattice() -> None:
    index = QUALITIES.index(75)
    aligned, moved = (Lattice()(compressed(75, shift))[0, index].mean() for shift in (0, 3))
    assert aligned < -0.8
    assert moved > -0.3


def test_has_one_cell_for_each_block() -> None:
    lattice = Lattice()
    assert lattice(torch.rand(2, 3, 64, 96)).shape == (2, lattice.maps, 8, 12)
