"""Degradation chains: the same for every picture they are applied to."""

from __future__ import annotations

import numpy as np
import pytest

from inpaintscan.data.chain import draw_chain


def _picture(size: int = 48) -> np.ndarray:
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    noise = np.random.default_rng(1).integers(-20, 20, (size, size, 3))
    return np.clip(np.stack([np.add.outer(ramp // 2, ramp // 2)] * 3, -1) + noise, 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize("seed", range(40))
def test_treats_equal_pictures_equally_and_keeps_the_size(seed: int) -> None:
    chain = draw_chain(np.random.default_rng(seed))
    side = round(48 / chain.scale)
    picture = _picture(side)
    first, second = chain.apply(picture, 48), chain.apply(picture.copy(), 48)
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)


def test_at_strength_zero_pictures_stay_as_they_are() -> None:
    rng = np.random.default_rng(0)
    picture = _picture()
    for _ in range(20):
        np.testing.assert_array_equal(draw_chain(rng, 0.0).apply(picture, 48), picture)


def test_most_chains_change_something() -> None:
    picture = _picture()
    changed = 0
    for seed in range(60):
        chain = draw_chain(np.random.default_rng(seed))
        changed += chain.scale != 1 or bool((chain.apply(picture, 48) != picture).any())
    assert changed > 40


def test_the_same_seed_draws_the_same_chain() -> None:
    picture = _picture()
    for seed in range(10):
        one, two = (draw_chain(np.random.default_rng(seed)) for _ in range(2))
        assert one.scale == two.scale
        np.testing.assert_array_equal(one.apply(picture, 48), two.apply(picture, 48))
