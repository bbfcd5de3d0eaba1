"""How good the fills of a gen-data folder are, as Baek's table 2."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inpaintscan.data import Sample, read_dataset, read_mask
from inpaintscan.data.layouts import read_holes
from inpaintscan.data.splits import name_photos
from inpaintscan.data.tables import find_sibling
from inpaintscan.errors import DataError, ImageError
from inpaintscan.eval.evaluate import source_of
from inpaintscan.eval.measures.group_metrics import Resampling, photos_of
from inpaintscan.eval.measures.image_metrics import Array
from inpaintscan.eval.measures.intervals import Interval
from inpaintscan.eval.measures.statistics import means_of
from inpaintscan.eval.photos import join_photos
from inpaintscan.eval.quality.fid import Extractor, frechet_distance
from inpaintscan.eval.quality.niqe import PristineModel, niqe
from inpaintscan.eval.quality.similarity import psnr_inside, ssim_inside
from inpaintscan.eval.rows import Model, Row
from inpaintscan.images import read_image

FILL = Model("value")
"""The column of quality figures, where others have a model's name."""
_PSNR_CAP = 100.0


@dataclass(frozen=True, slots=True)
class FillQuality:
    """One filled image against its original."""

    sample: Sample
    psnr: float
    """dB inside the mask; 100 where nothing differs."""
    ssim: float
    """Inside the mask."""
    niqe: float
    """Of the whole image; NaN below two patches."""
    niqe_original: float
    features: Array | None = None
    """For the FID: (D,), where asked for."""
    features_original: Array | None = None


def read_fills(folder: Path) -> tuple[Sample, ...]:
    """Return the filled images of a gen-data folder, whole frames with their holes.

    Raises:
        DataError: if it is none, or holds no filled image with a mask.
    """
    dataset = read_dataset(folder)
    if dataset.layout == "gen-data":
        dataset = name_photos(read_holes(dataset))
    fills = [
        sample for sample in dataset if sample.label == "inpainted" and sample.mask is not None
    ]
    if dataset.layout != "gen-data" or not fills:
        raise DataError(f"{folder}: not a folder made by gen-data with inpainted images and masks")
    return tuple(join_photos(fills))


def original_of(sample: Sample) -> Path:
    """Return the untouched photo beside a filled one.

    Raises:
        DataError: if gen-data was not asked to keep it.
    """
    path = find_sibling(sample.image, "original")
    if path is None:
        folder = sample.image.parent.parent / "original"
        raise DataError(
            f"{sample.image}: no original in {folder}; make the data set with that kind"
        )
    return path


def measure_fills(
    samples: Sequence[Sample], pristine: PristineModel, extract: Extractor | None = None
) -> Iterator[FillQuality]:
    """Yield the quality of each filled image, in order.

    Raises:
        DataError: if an image, its original or its mask cannot be read or sizes differ.
    """
    for sample in samples:
        path = original_of(sample)
        try:
            image, original = read_image(sample.image).pixels, read_image(path).pixels
        except ImageError as error:
            raise DataError(str(error)) from error
        if image.shape != original.shape:
            raise DataError(f"{sample.image}: not of the size of its original {path}")
        mask = read_mask(sample)
        yield FillQuality(
            sample,
            min(_PSNR_CAP, psnr_inside(image, original, mask)),
            ssim_inside(image, original, mask),
            niqe(image, pristine),
            niqe(original, pristine),
            None if extract is None else extract(image),
            None if extract is None else extract(original),
        )


GROUPS: dict[str, Callable[[Sample], str]] = {
    "kind": lambda sample: sample.kind,
    "method": lambda sample: sample.method,
    "source": source_of,
}


def quality_rows(name: str, fills: Sequence[FillQuality], resampling: Resampling) -> list[Row]:
    """Return rows for all fills and by kind, method and source."""
    rows = [_row(name, "", "", fills, resampling)]
    for field, read in GROUPS.items():
        values = sorted({read(one.sample) for one in fills} - {""})
        for value in values:
            own = [one for one in fills if read(one.sample) == value]
            rows.append(_row(name, field, value, own, resampling))
    return rows


def _row(
    name: str, field: str, value: str, fills: Sequence[FillQuality], resampling: Resampling
) -> Row:
    names = ("psnr", "ssim", "niqe", "niqe_original")
    columns = {f"fill_{name}": np.array([getattr(one, name) for one in fills]) for name in names}
    samples = [one.sample for one in fills]
    metrics = resampling.intervals([means_of(columns)], samples)
    photos = len(set(photos_of(samples)))
    distance = _distance(fills)
    if distance is not None:
        metrics["fill_fid"] = Interval(distance, math.nan, math.nan, len(fills), photos)
    defined = {key: found for key, found in metrics.items() if found.defined}
    return Row(FILL, name, "", field, value, len(fills), photos, 0, defined)


def _distance(fills: Sequence[FillQuality]) -> float | None:
    """Return the FID of the fills against their originals, each original counted once.

    It has no interval: a bootstrap would draw duplicates, which lower the rank of the covariance
    and so raise the FID itself.
    """
    filled: list[Array] = []
    originals: dict[Path, Array] = {}
    for one in fills:
        if one.features is None or one.features_original is None:
            return None
        filled.append(one.features)
        originals[original_of(one.sample)] = one.features_original
    if min(len(filled), len(originals)) < 2:
        return None
    return frechet_distance(np.stack(filled), np.stack(list(originals.values())))
