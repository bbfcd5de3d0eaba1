"""The connected parts of a true mask, as boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Box
from inpaintscan.scan.regions import find_runs, label_runs


def find_boxes(mask: NDArray[np.bool_], smallest: int = 1) -> list[Box]:
    """Return the boxes of the 8-connected parts of a mask (H, W) with `smallest` pixels or more."""
    runs = find_runs(mask)
    if runs.row.size == 0:
        return []
    labels = label_runs(runs)
    area = np.bincount(labels, weights=runs.stop - runs.start)
    low = np.full((len(area), 2), np.iinfo(np.int64).max)
    high = np.zeros((len(area), 2), np.int64)
    np.minimum.at(low, labels, np.stack([runs.start, runs.row], axis=1))
    np.maximum.at(high, labels, np.stack([runs.stop, runs.row + 1], axis=1))
    corners = np.concatenate([low, high], axis=1)[area >= smallest]
    return [Box(*map(int, sides)) for sides in corners]
