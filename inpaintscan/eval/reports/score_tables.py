"""What results look like as arrays and tables, for reports and plots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inpaintscan.eval.measures.image_metrics import Array, Bools
from inpaintscan.eval.measures.results import ImageResult

LABELS = ("clean", "inpainted", "generated")
VERDICTS = ("clean", "unsure", "inpainted", "generated")


def score_arrays(results: Sequence[ImageResult]) -> tuple[Array, Bools]:
    """Return scores float64 (N,) and whether each image is manipulated, errors left out."""
    kept = [result for result in results if result.error is None]
    scores = np.array([result.score for result in kept], dtype=np.float64)
    return scores, np.array([result.sample.manipulated for result in kept], dtype=bool)


def confusion_table(results: Sequence[ImageResult]) -> dict[str, dict[str, int]]:
    """Return for each label that occurs how often each verdict was given."""
    table = {
        label: dict.fromkeys(VERDICTS, 0)
        for label in LABELS
        if any(result.sample.label == label for result in results)
    }
    for result in results:
        if result.error is None:
            table[result.sample.label][result.verdict] += 1
    return table
