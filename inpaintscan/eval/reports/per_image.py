"""One line per image: what was true, what was answered, how well it fits."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.rows import Measured

COLUMNS = (
    "model", "dataset", "perturb", "image", "label", "method", "kind", "mask_kind", "category",
    "source", "verdict", "score", "inpainted_score", "generated_score", "box_iou", "pixel_f1",
    "pixel_iou", "pixel_mcc", "pixel_auc", "pixel_f1_floor", "flagged_share", "error",
)  # fmt: skip


def per_image_csv(measured: Iterable[Measured]) -> str:
    """Return the results as CSV, numbers with six digits, empty where there is none."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in measured:
        key = (one.model.name, one.dataset, one.perturbation)
        writer.writerows([*key, *_fields(result)] for result in one.results)
    return buffer.getvalue()


def _fields(result: ImageResult) -> list[str]:
    sample, pixels = result.sample, result.pixels
    found = [math.nan] * 5
    if pixels is not None:
        found = [pixels.f1, pixels.iou, pixels.mcc, pixels.auc, pixels.floor_f1]
    numbers = [result.score, result.inpainted_score, result.generated_score, result.box_iou]
    texts = [sample.method, sample.kind, sample.mask_kind, sample.category, sample.source]
    return [
        sample.image.as_posix(),
        sample.label,
        *texts,
        result.verdict,
        *("" if math.isnan(value) else f"{value:.6g}" for value in [*numbers, *found]),
        "" if math.isnan(result.flagged_share) else f"{result.flagged_share:.6g}",
        result.error or "",
    ]
