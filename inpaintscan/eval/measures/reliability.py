"""Whether a score of 0.8 means that 80 of 100 such images are manipulated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inpaintscan.eval.measures.image_metrics import Array, Bools, ratio

BINS = 15


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The images whose score lies in [low, high); the last bin includes 1."""

    low: float
    high: float
    n: int
    mean_score: float
    manipulated_share: float


def _bin_of(scores: Array, bins: int) -> NDArray[np.intp]:
    return np.minimum((scores * bins).astype(np.intp), bins - 1)


def calibration_error(
    scores: Array, positive: Bools, weights: Array, bins: int = BINS
) -> NDArray[np.float64]:
    """Return the expected calibration error (B,) over equally wide bins (Guo et al. 2017).

    The mean gap between score and share of manipulated images, weighted by the bin's images.
    Weights are (B, N). It depends on the share of manipulated images in the data set.
    """
    members = np.zeros((len(scores), bins))
    members[np.arange(len(scores)), _bin_of(scores, bins)] = scores - positive
    return ratio(np.abs(weights @ members).sum(axis=1), weights.sum(axis=1))


def reliability_bins(scores: Array, positive: Bools, bins: int = BINS) -> list[ReliabilityBin]:
    """Return the bins that hold images, by rising score."""
    index = _bin_of(scores, bins)
    return [
        ReliabilityBin(
            number / bins,
            (number + 1) / bins,
            int(inside.sum()),
            float(scores[inside].mean()),
            float(positive[inside].mean()),
        )
        for number in range(bins)
        if (inside := index == number).any()
    ]
