"""What one scanned image of a data set says about the model: plain values, small in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from inpaintscan.data import Sample
from inpaintscan.data.samples import (
    box_of_mask,
    enclosing_box,
    read_mask,
    read_size,
    resize_mask,
)
from inpaintscan.errors import DataError
from inpaintscan.eval.measures.box_metrics import RegionMatch, box_iou, find_boxes, match_regions
from inpaintscan.eval.measures.pixel_metrics import PixelScores, count_pixels, pixel_scores
from inpaintscan.findings import Box, Finding
from inpaintscan.images import show_path

SMALL_REGION = 0.0005
"""True regions below this share of the image (dust of a drawn mask) are not counted as regions."""


@dataclass(frozen=True, slots=True)
class ImageResult:
    """One image: its truth, the answer, and how well place and shape were found.

    NaN or None where the truth or the answer has nothing to compare.
    """

    sample: Sample
    verdict: str
    score: float = math.nan
    """The larger of the two scores below."""
    inpainted_score: float = math.nan
    generated_score: float = math.nan
    box_iou: float = math.nan
    """Overlap of the box around all predicted regions with the box around everything replaced."""
    regions: RegionMatch | None = None
    pixels: PixelScores | None = None
    flagged_share: float = math.nan
    """Of a clean image: the share of pixels called replaced."""
    error: str | None = None
    cut_away: bool = False
    """Of what was replaced a crop or a smaller size left nothing: no truth to compare with."""

    @property
    def flagged(self) -> bool:
        """Whether the model reports the image at its own threshold."""
        return self.verdict in {"inpainted", "generated"}


def to_result(
    sample: Sample,
    finding: Finding,
    *,
    locates: bool = True,
    window: Callable[[tuple[int, int]], Box] | None = None,
) -> ImageResult:
    """Compare a finding with the truth of its sample.

    `locates`: the model is one that says where, so no box for a manipulated image is a miss and
    not merely no answer. A scan of a resized copy is compared with the truth resized alike, one of
    a crop with the truth in its `window` of the image (height, width).
    """
    if finding.scores is None or finding.score is None:
        name, error = show_path(sample.image), finding.error or "no score"
        said = error if name in error else f"{name}: {error}"
        return ImageResult(sample, "error", error=said)
    scores = finding.scores
    result = ImageResult(sample, finding.verdict, finding.score, scores.inpainted, scores.generated)
    try:
        if window is not None and _is_cut_away(sample, window):
            return ImageResult(sample, finding.verdict, cut_away=True)
        if sample.label == "clean":
            found = finding.prob_map  # the map itself: the verdict is measured by other figures
            share = math.nan if found is None else float(found.mask.mean())
            return replace(result, flagged_share=share)
        if locates or finding.boxes or finding.prob_map is not None:
            return _with_place(result, finding, window)
    except DataError as error:
        return ImageResult(sample, "error", error=str(error))
    return result


def _is_cut_away(sample: Sample, window: Callable[[tuple[int, int]], Box]) -> bool:
    """Return whether everything replaced, where that is known, lies outside the window."""
    if sample.mask is not None:
        mask = read_mask(sample)
        kept = window((mask.shape[0], mask.shape[1]))
        return bool(mask.any() and not mask[kept.ymin : kept.ymax, kept.xmin : kept.xmax].any())
    return sample.box is not None and box_iou(sample.box, window(read_size(sample.image))) == 0


def _with_place(
    result: ImageResult, finding: Finding, window: Callable[[tuple[int, int]], Box] | None
) -> ImageResult:
    """Add how well the place was found in a manipulated image, as far as its truth is known."""
    sample = result.sample
    if sample.mask is None:
        if sample.box is None or window is not None:
            return result
        return replace(result, box_iou=_overlap(sample.box, finding))
    true_mask = read_mask(sample)
    if window is not None:
        kept = window((true_mask.shape[0], true_mask.shape[1]))
        true_mask = true_mask[kept.ymin : kept.ymax, kept.xmin : kept.xmax]
    resized = (finding.height, finding.width) != true_mask.shape
    if resized and finding.height and finding.width:
        true_mask = resize_mask(true_mask, (finding.height, finding.width))
    box = sample.box if sample.box and not resized and not window else box_of_mask(true_mask)
    if box is None and resized:
        return replace(result, cut_away=True)
    if box is None:
        raise DataError(f"{sample.mask}: no pixel of this mask counts as replaced")
    pixels = None
    if finding.prob_map is not None:
        pixels = pixel_scores(count_pixels(finding.prob_map, true_mask))
    smallest = max(1, round(SMALL_REGION * true_mask.size))
    regions = match_regions(find_boxes(true_mask, smallest), finding.boxes)
    return replace(result, box_iou=_overlap(box, finding), regions=regions, pixels=pixels)


def _overlap(true_box: Box, finding: Finding) -> float:
    predicted = enclosing_box(finding.boxes)
    return 0.0 if predicted is None else box_iou(true_box, predicted)
