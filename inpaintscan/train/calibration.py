"""Scores that are probabilities, and thresholds for given rates of false alarms.

Both are measured by scanning: what counts is what a user will see, tiles and all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from inpaintscan.data.samples import Sample
from inpaintscan.errors import DataError
from inpaintscan.scan import load
from inpaintscan.weights import Calibration, Card, Threshold, load_network, read_card, write_weights

RATES = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""False-positive rates in the card. Those that so few clean images cannot show are left out, but
never 5 % and 1 %, which every scan asks for, and the strictest: with none allowed, the threshold is
above every clean image seen."""
_ALWAYS = (0.05, 0.01, 0.001)
_SPREAD = 0.1
"""Logits are read back from scores rounded to four digits: spread out, so little is lost."""


def calibrate(path: Path, samples: Sequence[Sample], device: str = "auto") -> Card:
    """Scan labelled images, put calibration and thresholds into the weights file, return its card.

    Raises:
        DataError: if there is no clean image among the samples, or none can be read.
    """
    network, card = load_network(path)
    classes = tuple(name for name in ("inpainted", "generated") if name in card.classes)
    spread: dict[str, Calibration] = dict.fromkeys(classes, Calibration(_SPREAD, 0.0))
    write_weights(path, network, replace(card, calibration=spread, thresholds={}))
    logits, labels = _scan(path, samples, classes, device)
    clean = torch.tensor([label == "clean" for label in labels])
    if not clean.any():
        raise DataError(
            f"{path}: cannot set thresholds: no readable clean image in the validation set"
        )
    calibration: dict[str, Calibration] = {}
    thresholds: dict[str, tuple[Threshold, ...]] = {}
    for column, name in enumerate(classes):
        positive = torch.tensor([label == name for label in labels])
        judged = clean | positive
        old = card.calibration.get(name, Calibration())
        line = fit_calibration(logits[judged, column], positive[judged], old)
        scores = torch.sigmoid(line.scale * logits[:, column] + line.bias)
        calibration[name] = line
        thresholds[name] = find_thresholds(
            scores[clean].tolist(), scores[positive].tolist(), len(classes)
        )
    counts = {"clean": int(clean.sum()), "manipulated": int((~clean).sum())}
    card = replace(
        read_card(path),
        calibration=calibration,
        thresholds=thresholds,
        training={**card.training, "calibration": counts},
    )
    write_weights(path, network, card)
    return card


def _scan(
    path: Path, samples: Sequence[Sample], classes: tuple[str, ...], device: str
) -> tuple[Tensor, list[str]]:
    """Return the logits (N, classes), float64, and labels of the images that could be read."""
    scanner = load(str(path), device=device, threshold=0.5)
    rows: list[list[float]] = []
    labels: list[str] = []
    findings = scanner.scan_many(sample.image for sample in samples)
    for sample, finding in zip(samples, findings, strict=True):
        if finding.scores is not None:
            rows.append([_logit(getattr(finding.scores, name)) / _SPREAD for name in classes])
            labels.append(sample.label)
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, len(classes)), labels


def _logit(probability: float) -> float:
    inside = min(max(probability, 5e-5), 1 - 5e-5)
    return math.log(inside / (1 - inside))


def fit_calibration(
    logits: Tensor,
    positive: Tensor,
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
    target = torch.where(positive, (count + 1) / (count + 2), 1 / (others + 2)).double()
    weight = torch.where(positive, 0.5 / count, 0.5 / others).double()
    centre, width = logits.mean(), logits.std().clamp(min=1e-6)
    inputs = torch.stack([(logits - centre) / width, torch.ones_like(logits)], dim=1).double()
    line = torch.zeros(2, dtype=torch.float64)
    for _ in range(50):  # Newton's method on a convex loss, with a trace of ridge
        chance = torch.sigmoid(inputs @ line)
        gradient = inputs.T @ (weight * (chance - target)) + 1e-4 * line
        curvature = (inputs * (weight * chance * (1 - chance))[:, None]).T @ inputs
        line -= torch.linalg.solve(curvature + 1e-4 * torch.eye(2).double(), gradient)
    scale = float(line[0] / width)
    if not scale > 0:
        return old
    return Calibration(round(scale, 6), round(float(line[1] - line[0] * centre / width), 6))


def find_thresholds(
    clean: Iterable[float], manipulated: Iterable[float], classes: int = 1
) -> tuple[Threshold, ...]:
    """Return the scores from which at most each of `RATES` of the clean images are flagged.

    An image is flagged if any of `classes` reaches its threshold, so each class gets an equal share
    of the rate (Bonferroni). Each threshold lies half-way between the highest clean score that must
    not be flagged and the next score above it.
    """
    falling = sorted(clean, reverse=True)
    scores = sorted({*falling, *manipulated, 1.0})
    table = []
    for rate in RATES:
        allowed = math.floor(rate / classes * len(falling) + 1e-9)
        if not allowed and rate not in _ALWAYS:
            continue
        limit = falling[allowed]
        above = next((score for score in scores if score > limit), 1.0)
        table.append(Threshold(rate, round(max((limit + above) / 2, limit + 1e-4), 6)))
    return tuple(table)
