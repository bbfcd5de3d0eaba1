"""The connected parts of a true mask, as boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Box


def find_boxes(mask: NDArray[np.bool_], smallest: int = 1) -> list[Box]:
    """Return the boxes of the 8-connected parts of a mask (H, W) with `smallest` pixels or more.

    In reading order of each part's first pixel.
    """
    rows, starts, stops = _runs(mask)
    if rows.size == 0:
        return []
    labels = _join(*_touching(rows, starts, stops), rows.size)
    roots, members = np.unique(labels, return_inverse=True)
    area = np.bincount(members, weights=(stops - starts).astype(np.float64))
    boxes = np.empty((len(roots), 4), np.int64)
    for column, values, take in (
        (0, starts, np.minimum),
        (1, rows, np.minimum),
        (2, stops, np.maximum),
        (3, rows + 1, np.maximum),
    ):
        extreme = values[roots].copy()
        take.at(extreme, members, values)
        boxes[:, column] = extreme
    return [
        Box(*(int(side) for side in box))
        for box, pixels in zip(boxes, area, strict=True)
        if pixels >= smallest
    ]


Indices = NDArray[np.int64]


def _runs(mask: NDArray[np.bool_]) -> tuple[Indices, Indices, Indices]:
    """Return (row, first column, column after the last) of the horizontal runs, reading order."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, stops = np.nonzero(edges == -1)
    return rows.astype(np.int64), starts.astype(np.int64), stops.astype(np.int64)


def _touching(rows: Indices, starts: Indices, stops: Indices) -> tuple[Indices, Indices]:
    """Return pairs of runs (upper, lower) of neighbouring rows that touch, also by a corner."""
    span = int(stops.max()) + 2
    above = (rows - 1) * span
    first = np.searchsorted(rows * span + stops, above + starts)
    last = np.searchsorted(rows * span + starts, above + stops, side="right")
    counts = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(rows.size), counts)
    offset = np.arange(lower.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + offset, lower


def _join(first: Indices, second: Indices, count: int) -> Indices:
    """Return for each of `count` runs the lowest run it is connected with."""
    parent = np.arange(count)
    while True:
        low = np.minimum(parent[first], parent[second])
        merged = parent.copy()
        np.minimum.at(merged, parent[first], low)
        np.minimum.at(merged, parent[second], low)
        while not np.array_equal(merged, merged[merged]):
            merged = merged[merged]
        if np.array_equal(merged, parent):
            return parent
        parent = merged
