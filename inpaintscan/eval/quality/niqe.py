"""NIQE: how unlike photos an image's local statistics are (Mittal, Soundararajan, Bovik 2013).

Locally normalised luminance follows an asymmetric generalised Gaussian in photos. Its parameters
over patches of an image, at two scales, are compared with those of a set of pristine photos.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import DataError
from inpaintscan.eval.quality.similarity import gaussian_blur

Array = NDArray[np.float64]

PATCH = 96
FEATURES = 36
SHARP_SHARE = 0.75
"""Pristine patches are those at least this sharp, against the sharpest of their photo."""
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
_LUMA = np.array([0.298936, 0.587043, 0.114021])


@dataclass(frozen=True, slots=True)
class PristineModel:
    """The statistics of pristine photos: a Gaussian over the features of their sharp patches."""

    mean: Array
    """(36,)"""
    covariance: Array
    """(36, 36)"""
    photos: int
    patches: int


def niqe(pixels: NDArray[np.uint8], model: PristineModel) -> float:
    """Return the distance of an image, uint8 (H, W, 3), from pristine photos; lower is better.

    NaN for an image of fewer than two patches of 96 pixels a side.
    """
    features, _ = patch_features(pixels)
    if len(features) < 2:
        return math.nan
    gap = features.mean(axis=0) - model.mean
    covariance = (np.cov(features, rowvar=False) + model.covariance) / 2
    return float(math.sqrt(max(0.0, gap @ np.linalg.pinv(covariance) @ gap)))


def fit_pristine(photos: Iterable[NDArray[np.uint8]]) -> PristineModel:
    """Fit the model on photos, uint8 (H, W, 3), one at a time in memory.

    Raises:
        DataError: if they hold too few sharp patches.
    """
    kept: list[Array] = []
    count = 0
    for pixels in photos:
        features, sharpness = patch_features(pixels)
        if len(features):
            kept.append(features[sharpness > SHARP_SHARE * sharpness.max()])
            count += 1
    patches = np.concatenate(kept) if kept else np.empty((0, FEATURES))
    if len(patches) <= FEATURES:
        raise DataError(
            f"{len(patches)} sharp patches of {PATCH} pixels in {count} photos are too few for "
            f"NIQE's {FEATURES} features; give more or larger photos"
        )
    return PristineModel(patches.mean(axis=0), np.cov(patches, rowvar=False), count, len(patches))


def patch_features(pixels: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Return the features (N, 36) and the sharpness (N,) of an image's 96-pixel patches.

    Patches without any texture have no distribution to fit and are left out.
    """
    grey = pixels.astype(np.float64) @ _LUMA
    rows, columns = (side // PATCH for side in grey.shape)
    if rows * columns == 0:
        return np.empty((0, FEATURES)), np.empty(0)
    grey = grey[: rows * PATCH, : columns * PATCH]
    normalised, deviation = _normalise(grey)
    sharpness = _patches(deviation, PATCH).mean(axis=(1, 2))
    half = Image.fromarray(grey.astype(np.float32)).resize(
        (grey.shape[1] // 2, grey.shape[0] // 2), Image.Resampling.BICUBIC
    )
    coarse, _ = _normalise(np.asarray(half, dtype=np.float64))
    scales = (_patches(normalised, PATCH), _patches(coarse, PATCH // 2))
    features = np.concatenate([_scale_features(patches) for patches in scales], axis=1)
    whole = np.isfinite(features).all(axis=1)
    return features[whole], sharpness[whole]


def _normalise(grey: Array) -> tuple[Array, Array]:
    """Return the locally normalised luminance and the local deviation, both (H, W)."""
    mean = gaussian_blur(grey, 7 / 6, 3, "edge")
    deviation = np.sqrt(np.abs(gaussian_blur(grey * grey, 7 / 6, 3, "edge") - mean * mean))
    return (grey - mean) / (deviation + 1), deviation


def _patches(channel: Array, side: int) -> Array:
    """Cut (H, W) into (N, side, side)."""
    rows, columns = (length // side for length in channel.shape)
    blocks = channel.reshape(rows, side, columns, side)
    return blocks.swapaxes(1, 2).reshape(-1, side, side)


def _scale_features(patches: Array) -> Array:
    """Return the 18 features (N, 18) of one scale."""
    shape, left, right, _ = fit_gaussian(patches)
    columns = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        shape, left, right, mean = fit_gaussian(patches * np.roll(patches, shift, axis=(1, 2)))
        columns += [shape, mean, left, right]
    return np.stack(columns, axis=1)


def fit_gaussian(patches: Array) -> tuple[Array, Array, Array, Array]:
    """Fit an asymmetric generalised Gaussian to each patch by moments (Lasmar et al. 2009).

    Patches are (N, ...). Returns shape (1 Laplace, 2 Gauss), left width, right width and mean,
    each (N,).
    """
    flat = patches.reshape(len(patches), -1)
    squares = flat * flat
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.sqrt((squares * (flat < 0)).sum(axis=1) / (flat < 0).sum(axis=1))
        right = np.sqrt((squares * (flat > 0)).sum(axis=1) / (flat > 0).sum(axis=1))
        ratio = left / right
        moment = np.abs(flat).mean(axis=1) ** 2 / squares.mean(axis=1)
        moment = moment * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shapes, moments, widths, means = _gamma_table()
    after = np.clip(np.searchsorted(moments, moment), 1, len(moments) - 1)
    nearer = moment - moments[after - 1] <= moments[after] - moment
    place = np.where(nearer, after - 1, after)
    left, right = left * widths[place], right * widths[place]
    shape = np.where(np.isnan(moment), np.nan, shapes[place])
    return shape, left, right, (right - left) * means[place]


@cache
def _gamma_table() -> tuple[Array, Array, Array, Array]:
    """Return, for shapes of 0.2 to 10: shape, moment ratio, width and mean factors."""
    shapes = np.arange(200, 10001) / 1000
    first, second, third = (
        np.array([math.gamma(order / shape) for shape in shapes]) for order in (1, 2, 3)
    )
    return shapes, second**2 / (first * third), np.sqrt(first / third), second / first
