"""How much of an image a mask covers, without keeping the mask."""

from __future__ import annotations

import numpy as np

from inpaintscan.findings import WHOLE_MASKS, ProbMap, Verdict
from inpaintscan.scan.verdict import SCORE_DIGITS


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
