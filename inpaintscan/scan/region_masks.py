"""The pixels of each region of a probability map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Box, ProbMap, Region
from inpaintscan.scan.regions import rank_regions


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
    grown: NDArray[np.bool_] = tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]
    return grown
