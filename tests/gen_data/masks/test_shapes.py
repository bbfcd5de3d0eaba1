"""Rect, freeform and blob: what every shape promises."""

from __future__ import annotations

import numpy as np
import pytest

from inpaintscan.gen_data.masks import SHAPES

SIZES = [(32, 32), (33, 200), (240, 96)]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("size_hw", SIZES)
def test_a_shape_has_the_photos_size_and_about_the_area(
    name: str, size_hw: tuple[int, int]
) -> None:
    for area in (0.02, 0.2):
        shares = []
        for seed in range(12):
            mask = SHAPES[name](size_hw, area, np.random.default_rng(seed))
            assert mask.shape == size_hw
            assert mask.dtype == np.bool_
            shares.append(mask.mean())
        assert 0.4 * area < np.mean(shares) < 2.5 * area + 0.02


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_decided_by_its_generator(name: str) -> None:
    first, again, other = (
        SHAPES[name]((80, 60), 0.1, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_rectangles_are_rectangles_and_reach_every_side() -> None:
    touched = np.zeros((40, 50), dtype=bool)
    for seed in range(300):
        mask = SHAPES["rect"]((40, 50), 0.1, np.random.default_rng(seed))
        rows, columns = mask.any(axis=1), mask.any(axis=0)
        assert mask.sum() == rows.sum() * columns.sum()
        touched |= mask
    assert touched[4:-4, 4:-4].all()
    assert all(edge.any() for edge in (touched[0], touched[-1], touched[:, 0], touched[:, -1]))
