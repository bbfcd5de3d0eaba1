"""From logits to a verdict: calibration, thresholds, and where the method is blind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.findings import Scores, Verdict
from inpaintscan.images import ImagePixels
from inpaintscan.weights import Calibration, Card

CLASSES = ("inpainted", "generated")
DEFAULT_FPR = 0.01
UNSURE_FPR = 0.05
SMALLEST_SIDE = 64
"""Below it, in pixels, there is too little to look at."""
BLIND_QUALITY = 30
"""Below this JPEG quality the traces are gone."""
POOR_QUALITY = 50
"""Below this JPEG quality many traces are gone."""
SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The scores of one class from which it is reported, and from which it is unsure."""

    report: float
    unsure: float


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The limits of each class, for each carrier (`scan/carrier.py`) that has its own."""

    default: dict[str, Limits]
    by_carrier: dict[str, dict[str, Limits]] = field(default_factory=dict)

    def of(self, carrier: str) -> dict[str, Limits]:
        """Return the limits of each class for images of a carrier."""
        return self.by_carrier.get(carrier, self.default)

    def reported_by_carrier(self) -> dict[str, dict[str, float]]:
        """Return, for each carrier with limits of its own, the scores that are reported."""
        return {
            carrier: {name: limit.report for name, limit in limits.items()}
            for carrier, limits in self.by_carrier.items()
        }


def resolve_limits(card: Card, fpr: float | None, threshold: float | None) -> LimitTable:
    """Return the limits of each class the network scores, for each carrier.

    Raises:
        UsageError: if both are given, or one is out of range.
        WeightsError: if the weights hold no table for the wanted rate.
    """
    if fpr is not None and threshold is not None:
        raise UsageError("threshold and fpr exclude each other: give one")
    if threshold is not None and not 0.0 <= threshold <= 1.0:
        raise UsageError(f"threshold {threshold:g}: must be between 0 and 1")
    if fpr is not None and not 0.0 < fpr <= 1.0:
        raise UsageError(f"fpr {fpr:g}: must be above 0 and at most 1")
    carriers = {
        carrier: _limits(card, fpr, threshold, carrier) for carrier in card.carrier_thresholds
    }
    return LimitTable(_limits(card, fpr, threshold, None), carriers)


def _limits(
    card: Card, fpr: float | None, threshold: float | None, carrier: str | None
) -> dict[str, Limits]:
    limits = {}
    for name in scored_classes(card):
        if threshold is None:
            report = card.threshold(name, DEFAULT_FPR if fpr is None else fpr, carrier)
        else:
            report = threshold
        table = card.table(name, carrier)
        has_unsure = any(point.fpr <= UNSURE_FPR for point in table)
        unsure = card.threshold(name, UNSURE_FPR, carrier) if has_unsure else report
        limits[name] = Limits(report, min(unsure, report))
    return limits


def scored_classes(card: Card) -> tuple[str, ...]:
    """Return which of `CLASSES` a network scores; one with a map but no score head: inpainted.

    Raises:
        WeightsError: if it scores neither.
    """
    classes = tuple(name for name in CLASSES if name in card.classes)
    if not classes:
        raise WeightsError(
            f"weights {card.name!r} (task {card.task}) tell neither inpainted nor generated "
            "images; use weights of task multi, detect, localize or segment"
        )
    return classes


def calibrated_scores(logits: Mapping[str, float], card: Card) -> Scores:
    """Return probabilities, rounded: sigmoid(scale x logit + bias) of each class (Platt 1999)."""
    values = {}
    for name in CLASSES:
        if name in logits:
            line = card.calibration.get(name, Calibration())
            values[name] = round(sigmoid(line.scale * logits[name] + line.bias), SCORE_DIGITS)
    return Scores(inpainted=values.get("inpainted", 0.0), generated=values.get("generated", 0.0))


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    if logit >= 0.0:
        return 1.0 / (1.0 + math.exp(-logit))
    power = math.exp(max(logit, -700.0))
    return power / (1.0 + power)


def decide(
    scores: Scores, limits: Mapping[str, Limits], blind: bool
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and, if it is unsure because of the scores, why.

    Of two classes at or above their thresholds the one further above it, in logits, is named.
    `blind` turns clean into unsure.
    """
    margins = {
        name: logit(getattr(scores, name)) - logit(limit.report)
        for name, limit in limits.items()
        if getattr(scores, name) >= limit.report
    }
    if margins:
        best = max(reversed(CLASSES), key=lambda name: margins.get(name, -math.inf))
        return ("generated" if best == "generated" else "inpainted"), ()
    between = [name for name, limit in limits.items() if getattr(scores, name) >= limit.unsure]
    if between:
        names = " and ".join(between)
        return "unsure", (f"score of {names} between the threshold and that of 5 % false alarms",)
    return ("unsure" if blind else "clean"), ()


def logit(probability: float) -> float:
    """Return log(p / (1 - p)), finite also at 0 and 1."""
    inside = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(inside / (1.0 - inside))


def find_doubts(image: ImagePixels) -> tuple[bool, tuple[str, ...]]:
    """Tell whether the method is blind on an image, and every reason to trust the result less."""
    height, width = image.pixels.shape[:2]
    reasons = []
    blind = False
    if min(height, width) < SMALLEST_SIDE:
        blind = True
        reasons.append(f"too small: {width} x {height} pixels, a side under {SMALLEST_SIDE}")
    if image.quality is not None and image.quality < POOR_QUALITY:
        blind = blind or image.quality < BLIND_QUALITY
        reasons.append(f"heavily compressed: JPEG quality {image.quality}")
    return blind, (*reasons, *image.damage)
