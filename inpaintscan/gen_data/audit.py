"""Can clean and manipulated images be told apart without looking at them?

A guesser sees three things of a file: its format, its size in pixels and how strongly it is
compressed. If that is enough, a detector trained on the set may learn it instead of the traces,
as published ones have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inpaintscan.images import read_header
from inpaintscan.stats import fit_logistic, rank_auc

WARN_ABOVE = 0.6
FORMATS = ("PNG", "JPEG", "WEBP")
_FOLDS = 5
_BINS = 8
_MOST_IMAGES = 4000
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What the guesser sees of one file, and the truth."""

    format: str
    pixels: int
    compression: float
    """JPEG quality (1 to 100) where the file tells it, else bits a pixel."""
    manipulated: bool
    photo: str
    """The photo it was made of: all versions of one are on the same side of a fold."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How well the guesser did."""

    auc: float | None
    """Cross-validated; None where there are too few photos, or only one class."""
    images: int
    warn: bool
    """The AUC is above 0.6, and further above 0.5 than chance explains (two standard errors)."""

    def sentence(self) -> str:
        """Return the result for people."""
        if self.auc is None:
            return (
                "audit: too few photos to tell whether format, size or compression reveal the label"
            )
        if self.warn:
            return (
                "audit: warning: format, size and compression alone tell clean from manipulated "
                f"(AUC {self.auc:.2f}); a detector trained on this may learn nothing else"
            )
        return f"audit: format, size and compression do not reveal the label (AUC {self.auc:.2f})"


def audit(files: Sequence[tuple[Path, bool, str]], seed: int = 0) -> Audit:
    """Let the guesser try on (path, manipulated, photo) triples; at most 4,000 drawn at random."""
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.permutation(len(files))[:_MOST_IMAGES].tolist())
    sights = [look(*files[index]) for index in chosen]
    auc = guess(sights, seed)
    if auc is None:
        return Audit(None, len(sights), warn=False)
    positives = sum(sight.manipulated for sight in sights)
    negatives = len(sights) - positives
    chance = float(np.sqrt((len(sights) + 1) / (12 * positives * negatives)))
    return Audit(auc, len(sights), warn=auc > WARN_ABOVE and auc - 2 * chance > 0.5)


def look(path: Path, manipulated: bool, photo: str) -> Sight:
    """Read what the guesser sees from a file's header and length.

    Raises:
        ImageError: if the file cannot be read.
    """
    header = read_header(path)
    pixels = header.size_hw[0] * header.size_hw[1]
    bits = 8.0 * header.bytes / pixels
    compression = bits if header.quality is None else float(header.quality)
    return Sight(header.format, pixels, compression, manipulated, photo)


def guess(sights: Sequence[Sight], seed: int = 0) -> float | None:
    """Return the AUC of a logistic regression on binned features, five-fold, cut by photo.

    None if there are not both classes, or fewer than ten photos.
    """
    truth = np.array([sight.manipulated for sight in sights])
    photos = sorted({sight.photo for sight in sights})
    if len(photos) < 2 * _FOLDS or truth.all() or not truth.any():
        return None
    order = np.random.default_rng(seed).permutation(len(photos))
    fold_of = {photo: int(order[index]) % _FOLDS for index, photo in enumerate(photos)}
    folds = np.array([fold_of[sight.photo] for sight in sights])
    features = _features(sights)
    scores = np.zeros(len(sights))
    for fold in range(_FOLDS):
        held_out = folds == fold
        weights = _fit(features[~held_out], truth[~held_out])
        scores[held_out] = features[held_out] @ weights
    return rank_auc(scores, truth)


def _features(sights: Sequence[Sight]) -> NDArray[np.float64]:
    """Return (N, F): a constant, the format, and the bins of size and compression."""
    columns = [np.ones(len(sights))]
    columns += [np.array([sight.format == name for sight in sights], float) for name in FORMATS]
    for values in (
        np.array([sight.pixels for sight in sights], float),
        np.array([sight.compression for sight in sights]),
    ):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
        bins = np.searchsorted(edges, values, side="right")
        columns += [(bins == number).astype(float) for number in range(len(edges) + 1)]
    return np.stack(columns, axis=1)


def _fit(features: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a ridge logistic regression, both classes weighing the same."""
    weight = np.where(truth, 0.5 / max(1, truth.sum()), 0.5 / max(1, (~truth).sum())) * len(truth)
    return fit_logistic(features, truth, weight, _RIDGE)
