"""Box-level metrics: how well predicted rectangles lie on true ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Box
from inpaintscan.scan.regions import boxes_of, find_runs, label_runs

SUCCESS_IOUS = (0.5, 0.55, 0.75)
"""The overlaps from which the published works call a box found."""


@dataclass(frozen=True, slots=True)
class RegionMatch:
    """One image's true regions against its predicted ones."""

    ious: tuple[float, ...]
    """For each true region the overlap of the prediction matched to it, 0 where there is none."""
    predicted: int
    """How many regions were predicted."""


def box_area(box: Box) -> int:
    """Return the area in pixels, 0 for an empty box."""
    return max(0, box.xmax - box.xmin) * max(0, box.ymax - box.ymin)


def box_iou(first: Box, second: Box) -> float:
    """Return intersection over union in [0, 1]; 0 if both are empty."""
    low = max(first.xmin, second.xmin), max(first.ymin, second.ymin)
    high = min(first.xmax, second.xmax), min(first.ymax, second.ymax)
    overlap = box_area(Box(*low, *high))
    union = box_area(first) + box_area(second) - overlap
    return overlap / union if union else 0.0


def match_regions(true: Sequence[Box], predicted: Sequence[Box]) -> RegionMatch:
    """Match each true box to at most one predicted box, the best overlapping pairs first."""
    pairs = sorted(
        (
            (box_iou(truth, guess), row, column)
            for row, truth in enumerate(true)
            for column, guess in enumerate(predicted)
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    ious = [0.0] * len(true)
    taken: set[int] = set()
    matched: set[int] = set()
    for iou, row, column in pairs:
        if row not in matched and column not in taken and iou > 0:
            ious[row] = iou
            matched.add(row)
            taken.add(column)
    return RegionMatch(tuple(ious), len(predicted))


def find_boxes(mask: NDArray[np.bool_], smallest: int = 1) -> list[Box]:
    """Return the boxes of the 8-connected parts of a mask (H, W) with `smallest` pixels or more."""
    runs = find_runs(mask)
    if runs.row.size == 0:
        return []
    labels = label_runs(runs)
    areas = np.bincount(labels, weights=runs.stop - runs.start)
    boxes = boxes_of(labels, len(areas), (runs.start, runs.row, runs.stop, runs.row + 1))
    return [box for box, area in zip(boxes, areas, strict=True) if area >= smallest]
