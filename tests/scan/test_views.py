"""What the whole look is shown of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from inpaintscan.scan.views import views_of


@pytest.mark.parametrize(
    ("size_hw", "starts"),
    [
        ((63, 500), []),  # shorter than a square: the reduced picture alone
        ((64, 64), [(0, 0)]),
        ((95, 90), [(8, 8)]),
        ((64, 128), [(0, 16), (0, 48)]),
        ((200, 128), [(32, 16), (32, 48), (96, 16), (96, 48)]),
    ],
)
def test_squares_lie_on_the_block_grid(
    size_hw: tuple[int, int], starts: list[tuple[int, int]]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size_hw, 3), np.uint8)
    views = views_of(pixels, 64)
    assert views.shape == (1 + len(starts), 64, 64, 3)
    for view, (top, left) in zip(views[1:], starts, strict=True):
        np.testing.assert_array_equal(view, pixels[top : top + 64, left : left + 64])


def test_the_first_view_is_the_whole_picture() -> None:
    halves = np.zeros((128, 256, 3), np.uint8)
    halves[:, 128:] = 200
    reduced = views_of(halves, 64)[0]
    assert reduced[:, :31].max() == 0
    assert reduced[:, 33:].min() == 200
