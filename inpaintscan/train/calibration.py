"""Scores that are probabilities, and thresholds for given rates of false alarms.

Both are measured by scanning: what counts is what a user will see, tiles and all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from inpaintscan.data.samples import Sample, read_mask
from inpaintscan.errors import DataError, ImageError
from inpaintscan.images import read_image
from inpaintscan.nets.detectors.twolook import TwoLook
from inpaintscan.scan import load_trained
from inpaintscan.scan.verdict import CLASSES, calibrated_scores, scored_classes
from inpaintscan.stats import fit_logistic
from inpaintscan.train.tasks.judge import refit_judge
from inpaintscan.weights import Calibration, Card, Threshold

THRESHOLDS = np.round(np.linspace(0.05, 0.95, 19), 2)
AS_GOOD = 0.01
"""F1 that is given away for a higher threshold, which lights less of clean images."""


def best_threshold(curves: Sequence[NDArray[np.float64]]) -> float:
    """Return the highest of `THRESHOLDS` of about the best mean F1, of each image's `f1_curve`."""
    f1 = np.mean(curves, axis=0)
    return float(THRESHOLDS[f1 >= f1.max() - AS_GOOD].max())


def f1_curve(prob_map: NDArray[np.float32], true_mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the pixel F1 at each of `THRESHOLDS`; both arguments (H, W)."""
    edges = np.concatenate([THRESHOLDS, [np.inf]])
    hits = np.histogram(prob_map[true_mask], bins=edges)[0][::-1].cumsum()[::-1]
    found = np.histogram(prob_map, bins=edges)[0][::-1].cumsum()[::-1]
    return 2 * hits / np.maximum(1, found + np.count_nonzero(true_mask))


RATES = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""False-positive rates in the card. Those that so few clean images cannot show are left out, but
never 5 % and 1 %, which every scan asks for, and the strictest: with none allowed, the threshold is
above every clean image seen."""
_ALWAYS = (0.05, 0.01, 0.001)
ENOUGH_OF_A_CARRIER = 120
"""Clean images of a carrier from which it gets thresholds of its own."""
_RIDGE = 1e-4


@dataclass(slots=True)
class _Seen:
    """What a scan of labelled images gave, of those that could be read."""

    labels: list[str] = field(default_factory=list)
    logits: list[dict[str, float]] = field(default_factory=list)
    carriers: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    measures: list[NDArray[np.float32]] = field(default_factory=list)
    """What the judge judges by; empty for a network without one."""
    curves: list[NDArray[np.float64]] = field(default_factory=list)
    """The pixel F1 of each image whose mask is known, as `f1_curve` gives it."""

    def thresholds(
        self, card: Card, carrier: str | None = None
    ) -> dict[str, tuple[Threshold, ...]]:
        """Return a table for each class; with a carrier, of the images that came in it."""
        names = scored_classes(card)
        chosen = [index for index, name in enumerate(self.carriers) if carrier in {None, name}]
        scores = [calibrated_scores(self.logits[index], card) for index in chosen]
        values = np.array([[getattr(one, name) for name in names] for one in scores])
        clean = np.array([self.labels[index] == "clean" for index in chosen])
        return dict(zip(names, find_thresholds(values, clean), strict=True))

    def judge_anew(self, network: TwoLook) -> bool:
        """Fit the judge on these images, if they are enough, and take its logits of them."""
        logits = refit_judge(network, np.stack(self.measures), self.labels, self.sources)
        if logits is None:
            return False
        self.logits = [dict(zip(CLASSES, map(float, row), strict=True)) for row in logits]
        return True

    def carriers_of_clean(self) -> list[str]:
        """Return the carriers with enough clean images for thresholds of their own."""
        pairs = zip(self.carriers, self.labels, strict=True)
        counts = Counter(carrier for carrier, label in pairs if label == "clean")
        return sorted(name for name, count in counts.items() if count >= ENOUGH_OF_A_CARRIER)


def check_held_out(samples: Sequence[Sample]) -> None:
    """Check, before anything is trained, that thresholds can be set on these images.

    Raises:
        DataError: if there is no clean image among the samples, or none can be read.
    """
    if not any(_is_readable(sample) for sample in samples if sample.label == "clean"):
        raise DataError("cannot set thresholds: no readable clean image in the validation set")


def _is_readable(sample: Sample) -> bool:
    try:
        read_image(sample.image)
    except ImageError:
        return False
    return True


def calibrate(
    network: nn.Module,
    card: Card,
    samples: Sequence[Sample],
    *,
    masks: bool = False,
    device: str = "auto",
) -> Card:
    """Scan labelled images; return the card with calibration and thresholds, and write nothing.

    A network with a judge gets it fitted on these images first, in place, if they are enough.
    With `masks` the threshold of masks is set as well, where a sample has one.

    Raises:
        DataError: if there is no clean image among the samples, or none can be read.
    """
    check_held_out(samples)
    seen = _scan(network, card, samples, masks, device)
    if "clean" not in seen.labels:
        raise DataError("cannot set thresholds: no clean validation image could be scanned")
    judged_anew = isinstance(network, TwoLook) and seen.judge_anew(network)
    classes = scored_classes(card)
    lines: dict[str, Calibration] = {}
    for name in classes:
        judged = [index for index, label in enumerate(seen.labels) if label in {"clean", name}]
        logits = np.array([seen.logits[index][name] for index in judged])
        positive = np.array([seen.labels[index] == name for index in judged])
        old = card.calibration.get(name, Calibration())
        lines[name] = fit_calibration(logits, positive, old)
    card = replace(card, calibration=lines)
    clean = seen.labels.count("clean")
    counts = {"clean": clean, "manipulated": len(seen.labels) - clean}
    if judged_anew:
        counts["judge"] = len(seen.labels)
    return replace(
        card,
        thresholds=seen.thresholds(card),
        carrier_thresholds={
            carrier: seen.thresholds(card, carrier) for carrier in seen.carriers_of_clean()
        },
        mask_threshold=best_threshold(seen.curves) if seen.curves else card.mask_threshold,
        training={**card.training, "calibration": counts},
    )


def _scan(
    network: nn.Module, card: Card, samples: Sequence[Sample], masks: bool, device: str
) -> _Seen:
    """Scan the samples as a user will, and take from each what is needed."""
    seen = _Seen()
    findings = load_trained(network, card, device).scan_many(sample.image for sample in samples)
    for sample, finding in zip(samples, findings, strict=True):
        if finding.logits is not None:
            seen.labels.append(sample.label)
            seen.logits.append(finding.logits)
            seen.carriers.append(finding.carrier or "")
            seen.sources.append(sample.source or str(sample.image.parent))
            if finding.measures is not None:
                seen.measures.append(finding.measures)
        if masks and sample.mask is not None and finding.prob_map is not None:
            seen.curves.append(f1_curve(finding.prob_map.full(), read_mask(sample)))
    return seen


def fit_calibration(
    logits: NDArray[np.float64],
    positive: NDArray[np.bool_],
    old: Calibration = Calibration(),  # noqa: B008 (frozen)
) -> Calibration:
    """Return the line through the logits (N,) whose sigmoid is the chance of a positive.

    Platt 1999, with his targets just inside 0 and 1 and both classes weighted alike, so that 0.5
    means even odds where half of the images are manipulated. Where one class is missing, or the
    line would fall and so turn scores around, `old` is kept.
    """
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return old
    target = np.where(positive, (count + 1) / (count + 2), 1 / (others + 2))
    weight = np.where(positive, 0.5 / count, 0.5 / others)
    centre, width = logits.mean(), max(logits.std(), 1e-6)
    inputs = np.stack([(logits - centre) / width, np.ones_like(logits)], axis=1)
    line = fit_logistic(inputs, target, weight, _RIDGE)
    scale = float(line[0] / width)
    if not scale > 0:
        return old
    return Calibration(round(scale, 6), round(float(line[1] - line[0] * centre / width), 6))


def find_thresholds(
    scores: NDArray[np.float64], clean: NDArray[np.bool_]
) -> list[tuple[Threshold, ...]]:
    """Return for each class the scores from which at most each of `RATES` of the clean are flagged.

    `scores` are (images, classes), `clean` (images,). An image is flagged if any of its scores
    reaches the threshold of its class. All classes get the same number of false alarms, the largest
    with which together they keep the rate. A threshold lies half-way between the highest clean
    score that must not be flagged and the next score above it.
    """
    falling = -np.sort(-scores[clean], axis=0)
    tables: list[list[Threshold]] = [[] for _ in range(scores.shape[1])]
    for rate in RATES:
        allowed = _false_alarms(scores[clean], falling, rate)
        if not allowed and rate not in _ALWAYS:
            continue
        for column, table in enumerate(tables):
            limit = float(falling[allowed, column])
            above = scores[scores[:, column] > limit, column]
            following = float(above.min()) if above.size else 1.0
            table.append(Threshold(rate, round(max((limit + following) / 2, limit + 1e-4), 6)))
    return [tuple(table) for table in tables]


def _false_alarms(scores: NDArray[np.float64], falling: NDArray[np.float64], rate: float) -> int:
    """Return how many clean images each class may flag so that together at most `rate` are."""
    most = math.floor(rate * len(scores) + 1e-9)
    for allowed in range(most, 0, -1):
        if (scores > falling[allowed]).any(axis=1).sum() <= most:
            return allowed
    return 0
