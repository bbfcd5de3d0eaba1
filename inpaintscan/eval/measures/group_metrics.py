"""All metrics of a group of results, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inpaintscan.data import Sample
from inpaintscan.eval.measures.intervals import Interval, bootstrap, wilson
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.measures.statistics import PARTS, Part

METRICS: dict[str, str] = {
    "image_accuracy": "share of images decided rightly at the model's own threshold",
    "image_balanced_accuracy": "mean of recall and share of clean images passed",
    "image_precision": "share of flagged images that are manipulated",
    "image_recall": "share of manipulated images flagged",
    "image_f1": "harmonic mean of precision and recall",
    "false_positive_rate": "share of clean images flagged at the model's own threshold",
    "image_auc": "area under the ROC curve of the score",
    "image_auc_inpainted": "the same: inpainted against clean, by the score for inpainted",
    "image_auc_generated": "the same: generated against clean, by the score for generated",
    "image_ap": "average precision",
    "image_eer": "error where as many clean are flagged as manipulated are missed",
    "image_tpr_at_fpr_1": "share of manipulated images found with at most 1 % of clean flagged",
    "image_tpr_at_fpr_5": "the same with at most 5 %",
    "image_f1_best": "F1 at the best threshold for these images: an upper bound",
    "image_ece": "expected calibration error of the score, 15 bins",
    "box_iou": "mean overlap of the box around all regions with the true one; missed images: 0",
    "box_success_50": "share of images with box overlap of at least 0.5",
    "box_success_55": "the same, 0.55",
    "box_success_75": "the same, 0.75",
    "region_iou": "mean overlap over true regions, each matched to at most one prediction",
    "region_recall_50": "share of true regions matched with overlap of at least 0.5",
    "region_recall_55": "the same, 0.55",
    "region_recall_75": "the same, 0.75",
    "region_precision_50": "share of predicted regions matched with overlap of at least 0.5",
    "pixel_f1": "mean F1 of manipulated images at the model's own threshold",
    "pixel_f1_floor": "mean F1 of calling every pixel replaced",
    "pixel_f1_best": "mean F1 at the one best threshold for these images: an upper bound",
    "pixel_f1_best_each": "mean F1 at each image's own best threshold: an upper bound",
    "pixel_iou": "mean IoU at the model's own threshold",
    "pixel_iou_floor": "mean IoU of calling every pixel replaced",
    "pixel_iou_best": "mean IoU at the one best threshold for these images: an upper bound",
    "pixel_mcc": "mean Matthews correlation at the model's own threshold",
    "pixel_auc": "mean area under the ROC curve over the pixels of an image",
    "pixel_false_positive_share": "mean share of a clean image's pixels called replaced",
    "fill_psnr": "mean peak signal-to-noise ratio inside the mask, dB (--quality)",
    "fill_ssim": "mean structural similarity inside the mask (--quality)",
    "fill_niqe": "mean NIQE of the filled images, lower is better (--quality)",
    "fill_niqe_original": "the same of their originals (--quality)",
    "fill_fid": "FID of the filled images against their originals; no interval, as resampling "
    "itself raises it (--quality --fid)",
}
"""Every metric: its name and what it says, in the order of reports."""
QUALITY_METRICS = tuple(name for name in METRICS if name.startswith("fill_"))


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made."""

    by: str = "photo"
    """`photo` to draw photos with all their versions, `source` to draw whole sources, `image`."""
    resamples: int = 1000
    seed: int = 0

    def intervals(self, parts: Sequence[Part], samples: Sequence[Sample]) -> dict[str, Interval]:
        """Return the metrics of all parts, which are of these samples, with their intervals."""
        photos = photos_of(samples)
        sources = [sample.source for sample in samples]
        return bootstrap(
            lambda weights: {
                name: value for part in parts for name, value in part.values(weights).items()
            },
            {name: images for part in parts for name, images in part.behind.items()},
            photos,
            clusters={"photo": photos, "source": sources}.get(self.by),
            resamples=self.resamples,
            seed=self.seed,
        )


def photos_of(samples: Sequence[Sample]) -> list[str]:
    """Return the photo that each sample shows; one that was not looked for is its own."""
    return [sample.photo or f"image {number}" for number, sample in enumerate(samples)]


def summarise(
    results: Sequence[ImageResult], resampling: Resampling = Resampling()
) -> dict[str, Interval]:
    """Return every metric that is defined for these results, in the order of `METRICS`.

    Results with an error are left out; the caller counts them.
    """
    kept = [result for result in results if result.error is None]
    if not kept:
        return {}
    parts = [part(kept) for part in PARTS]
    metrics = resampling.intervals(parts, [result.sample for result in kept])
    clean = [result for result in kept if result.sample.label == "clean"]
    if clean and resampling.by != "source":
        flagged, n = sum(result.flagged for result in clean), len(clean)
        photos = len(set(photos_of([result.sample for result in clean])))
        drawn = n if resampling.by == "image" else None
        metrics["false_positive_rate"] = wilson(flagged, n, photos=photos, drawn=drawn)
    return {name: metrics[name] for name in METRICS if name in metrics and metrics[name].defined}
