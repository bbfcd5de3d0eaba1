"""The network of native traces: what it is fed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from inpaintscan.nets.detectors.tracenet import TraceNet, median_residual


@torch.inference_mode()
def test_the_lattice_reaches_the_map() -> None:
    torch.manual_seed(0)
    with_jpeg = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16).eval()
    without = TraceNet(widths=(8, 8, 16, 16, 16), decoder_width=16, jpeg=False).eval()
    joined = with_jpeg.join[0][0].weight.shape[1]
    assert joined - without.join[0][0].weight.shape[1] == with_jpeg.lattice.maps


@pytest.mark.parametrize("height", [1, 16, 64, 150])  # within a stripe, and across the seams
def test_the_median_is_the_median(height: int) -> None:
    pixels = torch.rand(1, 3, height, 20)
    grey = (pixels * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)[0].numpy()
    expected = np.clip((grey - median_filter(grey, 3, mode="nearest")) * 255 / 4, -1, 1)
    np.testing.assert_allclose(median_residual(pixels)[0, 0].numpy(), expected, atol=1e-4)
