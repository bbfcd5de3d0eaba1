"""Metrics of many results as functions of weights, so that resampling costs no second scan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inpaintscan.eval.measures.box_metrics import SUCCESS_IOUS
from inpaintscan.eval.measures.image_metrics import (
    Array,
    area_under_roc,
    decision_metrics,
    operating_curve,
    ranking_metrics,
    ratio,
)
from inpaintscan.eval.measures.intervals import Statistic, Weights
from inpaintscan.eval.measures.pixel_metrics import PixelScores
from inpaintscan.eval.measures.reliability import calibration_error
from inpaintscan.eval.measures.results import ImageResult

REGENERATED_KIND = "inpainted"
SPLICED_KINDS = frozenset({"realfake", "fakefake"})


@dataclass(frozen=True, slots=True)
class Part:
    """Some metrics of a group: their values by weights (B, N), and what is behind each."""

    values: Statistic
    behind: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Metric -> (N,) how many images or regions each image adds; not named: each is one."""


def image_part(results: Sequence[ImageResult]) -> Part:
    """Return the metrics of scores and decisions."""
    scores = np.array([result.score for result in results])
    flagged = np.array([result.flagged for result in results])
    positive = np.array([result.sample.manipulated for result in results])

    def values(weights: Weights) -> dict[str, Array]:
        metrics = decision_metrics(flagged, positive, weights)
        if positive.any() and not positive.all():
            metrics |= ranking_metrics(scores, positive, weights)
            metrics["image_ece"] = calibration_error(scores, positive, weights)
        return metrics

    behind = {"image_recall": positive, "false_positive_rate": ~positive}
    return Part(values, behind | {"image_precision": flagged})


def class_part(results: Sequence[ImageResult]) -> Part:
    """Return each class's AUC against the clean images, by that class's own score."""
    labels = np.array([result.sample.label for result in results])
    scores: dict[str, Array] = {}
    members: dict[str, NDArray[np.bool_]] = {}
    for label in ("inpainted", "generated"):
        if {label, "clean"} <= set(labels):
            name = f"image_auc_{label}"
            members[name] = np.isin(labels, [label, "clean"])
            all_scores = np.array([getattr(result, f"{label}_score") for result in results])
            scores[name] = all_scores[members[name]]

    def values(weights: Weights) -> dict[str, Array]:
        return {
            name: area_under_roc(
                operating_curve(scores[name], labels[index] != "clean", weights[:, index])
            )
            for name, index in members.items()
        }

    return Part(values, members)


def mean_part(results: Sequence[ImageResult]) -> Part:
    """Return the metrics that are means over the images for which they are defined."""
    overlaps = np.array([result.box_iou for result in _located(results)])
    columns = {"box_iou": overlaps}
    for least in SUCCESS_IOUS:
        found = np.where(np.isnan(overlaps), np.nan, overlaps >= least)
        columns[f"box_success_{least * 100:.0f}"] = found
    for name, read in _PIXEL_MEANS.items():
        pixels = (result.pixels for result in _located(results))
        columns[name] = np.array([math.nan if one is None else read(one) for one in pixels])
    columns["pixel_false_positive_share"] = np.array([result.flagged_share for result in results])
    return means_of(columns)


def means_of(columns: Mapping[str, Array]) -> Part:
    """Return the mean of each column (N,), over the images for which it is not NaN."""
    table = np.stack(list(columns.values()), axis=1)
    present = ~np.isnan(table)

    def values(weights: Weights) -> dict[str, Array]:
        means = ratio(weights @ np.nan_to_num(table), weights @ present)
        return dict(zip(columns, means.T, strict=True))

    return Part(values, dict(zip(columns, present.T, strict=True)))


_PIXEL_MEANS: dict[str, Callable[[PixelScores], float]] = {
    "pixel_f1": lambda pixels: pixels.f1,
    "pixel_f1_floor": lambda pixels: pixels.floor_f1,
    "pixel_f1_best_each": lambda pixels: float(pixels.f1_curve.max()),
    "pixel_iou": lambda pixels: pixels.iou,
    "pixel_iou_floor": lambda pixels: pixels.floor_iou,
    "pixel_mcc": lambda pixels: pixels.mcc,
    "pixel_auc": lambda pixels: pixels.auc,
}


def curve_part(results: Sequence[ImageResult]) -> Part:
    """Return the means at the one threshold that is best for these images."""
    located = _located(results)
    members = np.array([one.pixels is not None for one in located], dtype=bool)
    if not members.any():
        return Part(lambda weights: {})
    curves = [one.pixels.f1_curve for one in located if one.pixels is not None]
    f1 = np.stack(curves).astype(np.float64)
    iou = f1 / (2 - f1)  # the same of one image: F1 = 2 IoU / (1 + IoU)

    def values(weights: Weights) -> dict[str, Array]:
        chosen = weights[:, members]
        total = chosen.sum(axis=1)
        return {
            "pixel_f1_best": ratio((chosen @ f1).max(axis=1), total),
            "pixel_iou_best": ratio((chosen @ iou).max(axis=1), total),
        }

    return Part(values, dict.fromkeys(("pixel_f1_best", "pixel_iou_best"), members))


def region_part(results: Sequence[ImageResult]) -> Part:
    """Return the metrics over regions: sums over all images, divided once."""
    matches = [one.regions for one in _located(results)]
    ious = [() if match is None else match.ious for match in matches]
    true = np.array([len(one) for one in ious], np.float64)
    predicted = np.array([0.0 if match is None else match.predicted for match in matches])
    overlap = np.array([sum(one) for one in ious])
    found = {least: np.array([sum(iou >= least for iou in one) for one in ious], np.float64)
             for least in SUCCESS_IOUS}  # fmt: skip

    def values(weights: Weights) -> dict[str, Array]:
        metrics = {"region_iou": ratio(weights @ overlap, weights @ true)}
        for least, hits in found.items():
            metrics[f"region_recall_{least * 100:.0f}"] = ratio(weights @ hits, weights @ true)
        metrics["region_precision_50"] = ratio(weights @ found[0.5], weights @ predicted)
        return metrics

    names = ("region_iou", *(f"region_recall_{least * 100:.0f}" for least in found))
    return Part(values, dict.fromkeys(names, true) | {"region_precision_50": predicted})


def _located(results: Sequence[ImageResult]) -> Sequence[ImageResult]:
    """Return the results with no place where place must not be pooled.

    gen-data's raw `inpainted` frames are regenerated everywhere, so their masks are not their
    truth; beside spliced images (realfake, fakefake) they do not count for boxes and pixels.
    """
    kinds = {result.sample.kind for result in results}
    if REGENERATED_KIND not in kinds or not kinds & SPLICED_KINDS:
        return results
    return [
        ImageResult(one.sample, one.verdict) if one.sample.kind == REGENERATED_KIND else one
        for one in results
    ]


PARTS: tuple[Callable[[Sequence[ImageResult]], Part], ...] = (
    image_part,
    class_part,
    mean_part,
    curve_part,
    region_part,
)
