"""Regions agree with scipy's labelling, and their boxes and areas with the pixels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.findings import Box, ProbMap, Region
from inpaintscan.scan import regions
from inpaintscan.scan.regions import find_regions, find_runs, label_runs


def prob_map(grid: np.ndarray, stride: int = 4, size_hw: tuple[int, int] | None = None) -> ProbMap:
    size = size_hw or (grid.shape[0] * stride, grid.shape[1] * stride)
    return ProbMap(grid.astype(np.float32), stride, size, 0.5)


@given(
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    share=st.sampled_from([0.02, 0.3, 0.5, 0.8, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_components_are_those_of_scipy(height: int, width: int, share: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    runs = find_runs(mask)
    labels = label_runs(runs)
    expected, count = scipy.ndimage.label(mask, structure=np.ones((3, 3)))
    painted = np.zeros(mask.shape, dtype=int)
    for row, start, stop, label in zip(runs.row, runs.start, runs.stop, labels, strict=True):
        painted[row, start:stop] = label + 1
    assert np.array_equal(painted > 0, mask)
    assert len({*zip(painted[mask], expected[mask], strict=True)}) == count == len({*labels})


def test_a_spiral_is_one_component() -> None:
    mask = np.zeros((41, 41), dtype=bool)
    for ring in range(0, 20, 2):
        mask[ring, ring : 41 - ring] = mask[40 - ring, ring : 41 - ring] = True
        mask[ring : 41 - ring, ring] = mask[ring : 41 - ring, 40 - ring] = True
        mask[ring + 1, ring] = ring == 0  # open the ring
        mask[ring + 2, ring + 1] = True  # join it to the next
    assert set(label_runs(find_runs(mask))) == {0}


def test_regions_are_boxed_in_pixels_and_sorted_best_first() -> None:
    grid = np.zeros((20, 30))
    grid[2:7, 3:10] = 0.6
    grid[10:18, 20:26] = 0.9
    grid[0, 0] = 1.0  # a single cell: too small
    found = find_regions(prob_map(grid))
    assert found == (
        Region(score=0.9, area=48 / 600, box=Box(80, 40, 104, 72)),
        Region(score=0.6, area=round(35 / 600, 6), box=Box(12, 8, 40, 28)),
    )


def test_regions_end_at_the_border_of_the_image() -> None:
    found = find_regions(prob_map(np.ones((6, 6)), stride=4, size_hw=(21, 22)))
    assert found == (Region(score=1.0, area=1.0, box=Box(0, 0, 22, 21)),)


def test_corners_touch() -> None:
    grid = np.zeros((10, 10))
    grid[:5, :5] = grid[5:, 5:] = 0.8
    assert [region.box for region in find_regions(prob_map(grid))] == [Box(0, 0, 40, 40)]


@pytest.mark.parametrize(("cells", "count"), [(15, 0), (16, 1)])
def test_regions_under_256_pixels_are_left_out(cells: int, count: int) -> None:
    grid = np.zeros((4, 40))
    grid[0, :cells] = 1.0
    assert len(find_regions(prob_map(grid))) == count


def test_there_are_at_most_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "MAX_REGIONS", 3)
    grid = np.kron(np.diag([0.6, 0.7, 0.8, 0.9, 0.95])[:, ::-1], np.ones((8, 8)))
    spread = np.zeros((50, 50))
    spread[:40, :40] = grid
    spread[8::8] = 0.0  # cut the diagonal apart
    assert [region.score for region in find_regions(prob_map(spread))] == [0.95, 0.9, 0.8]


def test_an_empty_map_has_no_regions() -> None:
    assert find_regions(prob_map(np.zeros((5, 5)))) == ()


def test_noise_on_a_large_grid_is_quick() -> None:
    grid = np.random.default_rng(0).random((600, 600))
    found = find_regions(prob_map(grid))
    assert 0 < len(found) <= regions.MAX_REGIONS
    assert all(a.score >= b.score for a, b in pairwise(found))
