"""FID: how far apart the features of two sets of images lie (Heusel et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.device import resolve_device
from inpaintscan.errors import WeightsError

Array = NDArray[np.float64]
Extractor = Callable[[NDArray[np.uint8]], Array]
"""uint8 (H, W, 3) to a feature vector (D,)."""

ARCH = "inception_v3"
SIDE = 299


class FeatureMoments:
    """Mean and covariance of feature vectors, added one at a time; memory does not grow."""

    def __init__(self) -> None:
        self.count = 0
        self._sum: Any = 0.0
        self._products: Any = 0.0

    def add(self, features: Array) -> None:
        """Add a vector (D,)."""
        self.count += 1
        self._sum = self._sum + features
        self._products = self._products + np.outer(features, features)

    def mean(self) -> Array:
        """Return the mean (D,)."""
        mean: Array = self._sum / self.count
        return mean

    def covariance(self) -> Array:
        """Return the covariance (D, D), of a sample; zero for a single vector."""
        mean = self.mean()
        spread: Array = self._products - self.count * np.outer(mean, mean)
        return spread / max(1, self.count - 1)


def frechet_distance(first: FeatureMoments, second: FeatureMoments) -> float:
    """Return the squared Frechet distance of two Gaussians (Dowson and Landau 1982)."""
    gap = first.mean() - second.mean()
    one, two = first.covariance(), second.covariance()
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ two @ root).clip(min=0)
    distance = gap @ gap + np.trace(one) + np.trace(two) - 2 * np.sqrt(inner).sum()
    return max(0.0, float(distance))


def load_inception(weights: Path | None, device: str) -> Extractor:
    """Return torchvision's Inception v3 (as timm has it) as a feature extractor, 2048 features.

    Not the network of the original FID, so figures compare among themselves only. Without a file
    the weights are downloaded.

    Raises:
        WeightsError: if they cannot be had.
    """
    if weights is not None and not weights.is_file():
        raise _missing(f"{weights}: no such file")
    import torch

    from inpaintscan.nets.backbone import Backbone

    try:
        network = Backbone(ARCH, SIDE, pretrained=str(weights or "download"))
    except WeightsError as error:
        raise _missing(str(error)) from error
    place = resolve_device(device)
    network.eval().to(place)

    def extract(pixels: NDArray[np.uint8]) -> Array:
        image = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        tiles = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].to(place).float() / 255
        with torch.inference_mode():
            features = network(tiles)[0].cpu().double().numpy()
        return np.asarray(features, dtype=np.float64)

    return extract


def _missing(why: str) -> WeightsError:
    return WeightsError(
        f"--fid needs the weights of Inception v3, which cannot be had here ({why}); give timm's "
        "inception_v3 as a local .safetensors file with --inception, or leave out --fid"
    )


def moments_of(images: Iterable[NDArray[np.uint8]], extract: Extractor) -> FeatureMoments:
    """Return the moments of the features of some images."""
    moments = FeatureMoments()
    for pixels in images:
        moments.add(extract(pixels))
    return moments
