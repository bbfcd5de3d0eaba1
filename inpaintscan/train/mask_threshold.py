"""The probability from which a pixel is called replaced: the best on validation images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inpaintscan.data import Sample, read_mask
from inpaintscan.scan import load
from inpaintscan.weights import Card, load_network, write_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLDS = np.round(np.linspace(0.05, 0.95, 19), 2)
AS_GOOD = 0.01
"""F1 that is given away for a higher threshold, which lights less of clean images."""


def fit_mask_threshold(path: Path, samples: Sequence[Sample], device: str = "auto") -> Card:
    """Put the highest threshold of about the best mean pixel F1 into the weights file.

    Samples without a mask are left out; with none at all the file stays as it is.
    """
    network, card = load_network(path)
    masked = [sample for sample in samples if sample.mask is not None]
    if not masked:
        return card
    scanner = load(str(path), device=device, threshold=0.5)
    curves = []
    for sample, finding in zip(masked, scanner.scan_many(s.image for s in masked), strict=True):
        if finding.prob_map is not None:
            curves.append(f1_curve(finding.prob_map.full(), read_mask(sample)))
    f1 = np.mean(curves, axis=0)
    card = replace(card, mask_threshold=float(THRESHOLDS[f1 >= f1.max() - AS_GOOD].max()))
    write_weights(path, network, card)
    return card


def f1_curve(prob_map: NDArray[np.float32], true_mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the pixel F1 at each of `THRESHOLDS`; both arguments (H, W)."""
    edges = np.concatenate([THRESHOLDS, [np.inf]])
    hits = np.histogram(prob_map[true_mask], bins=edges)[0][::-1].cumsum()[::-1]
    found = np.histogram(prob_map, bins=edges)[0][::-1].cumsum()[::-1]
    return 2 * hits / np.maximum(1, found + np.count_nonzero(true_mask))
