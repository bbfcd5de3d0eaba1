"""What an image is judged by: the same whatever the number of tiles, and telling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inpaintscan.scan.carrier import Facts
from inpaintscan.scan.measures import NAMES, measure, moved


def named(
    replaced: NDArray[np.float32],
    synthetic: NDArray[np.float32] | None = None,
    tiles: NDArray[np.float32] | None = None,
    views: NDArray[np.float32] | None = None,
) -> dict[str, float]:
    low = np.full_like(replaced, 0.1)
    values = measure(
        (replaced, low if synthetic is None else synthetic, low),
        np.zeros((1, 4), np.float32) if tiles is None else tiles,
        np.array([[1.5, -2.0]], np.float32) if views is None else views,
        Facts("jpeg_mid", quality=0.8, flat=0.1, grain=1.0),
    )
    return dict(zip(NAMES, values.tolist(), strict=True))


def test_every_measure_has_a_name_and_is_finite() -> None:
    for level in (0.0, 1.0, 0.5):
        flat = np.full((64, 64), level, np.float32)
        assert np.isfinite(list(named(flat, flat).values())).all()


def test_a_larger_picture_of_the_same_measures_the_same() -> None:
    rng = np.random.default_rng(0)
    grid = rng.random((50, 50), np.float32)
    once, tiled = named(grid), named(np.tile(grid, (4, 4)), tiles=np.zeros((16, 4), np.float32))
    for name in NAMES:
        assert abs(once[name] - tiled[name]) < 0.05, name


def test_a_region_stands_out() -> None:
    clean = np.full((64, 64), 0.05, np.float32)
    filled = clean.copy()
    filled[10:30, 10:30] = 0.9
    before, after = named(clean), named(filled)
    assert after["replaced_top_0.05"] > before["replaced_top_0.05"] + 3
    assert after["replaced_contrast"] > before["replaced_contrast"] + 2
    assert abs(after["replaced_area"] - 400 / 4096) < 1e-6


def test_says_what_carried_the_picture() -> None:
    values = named(np.zeros((8, 8), np.float32))
    carriers = {name: value for name, value in values.items() if name.startswith("carrier_")}
    assert carriers["carrier_jpeg_mid"] == 1.0
    assert sum(carriers.values()) == 1.0


def test_squares_of_a_picture_are_counted_apart_from_the_whole() -> None:
    clean = np.zeros((8, 8), np.float32)
    views = np.array([[-1, 2], [3, 0], [5, 0]], np.float32)
    values = named(clean, views=views)
    assert (values["view_generated"], values["view_asset"]) == (-1.0, 2.0)
    assert (values["squares_mean"], values["squares_max"]) == (4.0, 5.0)
    alone = named(clean, views=views[:1])
    assert alone["squares_mean"] == alone["squares_max"] == -1.0, "too small for squares"


def test_a_map_is_moved_in_logits_and_keeps_its_ends() -> None:
    grid = np.array([[0.0, 0.2, 0.5, 1.0]], np.float32)
    up = moved(grid, 1.5)
    np.testing.assert_allclose(up, [[0.0, 0.52840, 0.81757, 1.0]], atol=1e-5)
    np.testing.assert_allclose(moved(up, -1.5), grid, atol=1e-6)
    assert up.dtype == np.float32
