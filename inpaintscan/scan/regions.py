"""What is in the mask of a probability map: its share, its connected regions, their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import WHOLE_MASKS, Box, ProbMap, Region, Verdict
from inpaintscan.scan.verdict import SCORE_DIGITS

MIN_REGION_PIXELS = 256
"""Regions of fewer pixels (16 x 16) are left out: too few for the traces that are looked for."""
MAX_REGIONS = 50
"""Most regions an image has in its finding."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Horizontal runs of true cells, row by row: `row`, `start`, `stop` (exclusive), int64 (N,)."""

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def find_regions(prob_map: ProbMap) -> tuple[Region, ...]:
    """Return the regions of the map at or above its threshold, best first.

    Cells that touch, also at a corner, are one region. Its score is the mean probability of its
    cells, its box and area count whole cells, cut at the image's border.
    """
    return tuple(region for region, _ in rank_regions(prob_map)[0])


def rank_regions(prob_map: ProbMap) -> tuple[list[tuple[Region, int]], NDArray[np.int32]]:
    """Return the regions, best first, each with its number in the second array.

    That is int32 of the grid's shape: for each cell the number, from 1, of what it is connected
    to, 0 below the threshold. What is too small for a region has a number too.
    """
    grid = prob_map.grid
    inside = grid >= prob_map.threshold
    numbers = np.zeros(grid.shape, dtype=np.int32)
    runs = find_runs(inside)
    if not runs.row.size:
        return [], numbers
    labels = label_runs(runs)
    numbers[inside] = np.repeat(labels + 1, runs.stop - runs.start)
    height, width = prob_map.size_hw
    stride = prob_map.stride
    xmin, ymin = runs.start * stride, runs.row * stride
    xmax = np.minimum(runs.stop * stride, width)
    ymax = np.minimum((runs.row + 1) * stride, height)
    pixels = np.bincount(labels, weights=(xmax - xmin) * (ymax - ymin))
    cells = np.bincount(labels, weights=runs.stop - runs.start)
    scores = np.bincount(labels, weights=_run_sums(grid, runs)) / cells
    boxes = boxes_of(labels, len(pixels), (xmin, ymin, xmax, ymax))
    shares = pixels / (height * width)
    found = [
        (Region(round(float(scores[i]), 4), round(float(shares[i]), 6), boxes[i]), int(i) + 1)
        for i in np.flatnonzero(pixels >= MIN_REGION_PIXELS)
    ]
    found.sort(key=_order)
    return found[:MAX_REGIONS], numbers


def find_region_masks(prob_map: ProbMap) -> Iterator[tuple[Region, Box, NDArray[np.bool_]]]:
    """Yield each region, best first, with the pixels of the map's mask that belong to it.

    The pixels come as a window of the image and a mask, bool (window height, window width).
    Between the centres of cells the map is bilinear, so the mask of a region ends up to half a
    cell outside or inside of its cells, whose box the region has.
    """
    regions, numbers = rank_regions(prob_map)
    stride, (height, width) = prob_map.stride, prob_map.size_hw
    for region, number in regions:
        box = region.box
        top, left = max(0, box.ymin - stride), max(0, box.xmin - stride)
        bottom, right = min(height, box.ymax + stride), min(width, box.xmax + stride)
        around = numbers[top // stride : -(-bottom // stride), left // stride : -(-right // stride)]
        own = around == number
        near = own | (_grow(own) & (around == 0))
        pixels = near.repeat(stride, axis=0).repeat(stride, axis=1)
        mask = prob_map.mask[top:bottom, left:right] & pixels[: bottom - top, : right - left]
        yield region, Box(left, top, right, bottom), mask


def _grow(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask (H, W) with the eight neighbours of its true cells."""
    padded = np.pad(mask, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _order(item: tuple[Region, int]) -> tuple[float, float, int, int]:
    region = item[0]
    return (-region.score, -region.area, region.box.ymin, region.box.xmin)


def find_runs(mask: NDArray[np.bool_]) -> Runs:
    """Return the runs of true cells of a mask, bool (H, W)."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    row, start = np.nonzero(change == 1)
    stop = np.nonzero(change == -1)[1]
    return Runs(row.astype(np.int64), start.astype(np.int64), stop.astype(np.int64))


def label_runs(runs: Runs) -> NDArray[np.int64]:
    """Return for each run the number of its 8-connected component, int64 (N,), 0 to count - 1.

    Each run takes the smallest number among its neighbours, then the number's own number, until
    nothing changes: few rounds, each a handful of array operations.
    """
    upper, lower = _touching(runs)
    labels = np.arange(runs.row.size)
    while True:
        smallest = np.minimum(labels[upper], labels[lower])
        merged = labels.copy()
        for run in (upper, lower):
            np.minimum.at(merged, labels[run], smallest)
        jumped = merged[merged]
        while not np.array_equal(jumped, merged):
            merged, jumped = jumped, jumped[jumped]
        if np.array_equal(merged, labels):
            return np.unique(labels, return_inverse=True)[1].astype(np.int64)
        labels = merged


def _touching(runs: Runs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of runs in neighbouring rows that touch, as two arrays of run numbers."""
    line = int(runs.stop.max(initial=0)) + 2
    below = (runs.row + 1) * line
    starts, stops = runs.row * line + runs.start, runs.row * line + runs.stop
    first = np.searchsorted(stops, below + runs.start, side="left")
    after = np.searchsorted(starts, below + runs.stop, side="right")
    count = np.maximum(after - first, 0)
    upper = np.repeat(np.arange(runs.row.size), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return upper, np.repeat(first, count) + within


def _run_sums(grid: NDArray[np.float32], runs: Runs) -> NDArray[np.float64]:
    """Return the sum of the map's values in each run."""
    total = np.zeros(grid.size + 1)
    np.cumsum(grid, dtype=np.float64, out=total[1:])
    first = runs.row * grid.shape[1]
    sums: NDArray[np.float64] = total[first + runs.stop] - total[first + runs.start]
    return sums


def boxes_of(
    labels: NDArray[np.int64], count: int, sides: tuple[NDArray[np.int64], ...]
) -> list[Box]:
    """Return the box of each component from its runs' xmin, ymin, xmax, ymax."""
    box = np.empty((count, 4), dtype=np.int64)
    box[:, :2], box[:, 2:] = np.iinfo(np.int64).max, 0
    for side, (values, reduce) in enumerate(
        zip(sides, (np.minimum, np.minimum, np.maximum, np.maximum), strict=True)
    ):
        reduce.at(box[:, side], labels, values)
    return [Box(*map(int, row)) for row in box]


def mask_area(verdict: Verdict, prob_map: ProbMap) -> float:
    """Return the share of the image's pixels in the mask that agrees with the verdict."""
    return float(WHOLE_MASKS[verdict]) if verdict in WHOLE_MASKS else mask_share(prob_map)


def mask_share(prob_map: ProbMap) -> float:
    """Return the share of pixels at or above the map's threshold, rounded, keeping no mask."""
    if prob_map.grid.max() < prob_map.threshold:
        return 0.0
    height, width = prob_map.size_hw
    rows = max(1, 2**20 // width)
    inside = sum(
        int(np.count_nonzero(prob_map.rows(top, top + rows) >= prob_map.threshold))
        for top in range(0, height, rows)
    )
    return round(inside / (height * width), SCORE_DIGITS + 2)
