"""FID: how far apart the features of two sets of images lie (Heusel et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inpaintscan.device import computing, resolve_device
from inpaintscan.errors import MissingExtraError, WeightsError
from inpaintscan.files import sha256_of

if TYPE_CHECKING:
    from torch import Tensor, nn

Array = NDArray[np.float64]
Extractor = Callable[[NDArray[np.uint8]], Array]
"""uint8 (H, W, 3) to a feature vector (D,)."""

PUBLISHED_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""Of the weights that torch-fidelity publishes, a `.pth`."""


def frechet_distance(first: Array, second: Array) -> float:
    """Return the squared Frechet distance of Gaussians fitted to features, (N, D) and (M, D).

    Dowson and Landau 1982. It needs two rows each. Few rows raise it: only figures of as many
    compare.
    """
    gap = first.mean(axis=0) - second.mean(axis=0)
    one, two = _factor(first), _factor(second)
    # The root of the product of the covariances, one.T @ one and two.T @ two, has this trace.
    common = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    distance = gap @ gap + np.square(one).sum() + np.square(two).sum() - 2 * common
    return max(0.0, float(distance))


def _factor(features: Array) -> Array:
    """Return R (min(N, D), D), of which R.T @ R is the covariance of the features (N, D)."""
    centred = features - features.mean(axis=0)
    return np.linalg.qr(centred / math.sqrt(len(features) - 1)).R


def load_inception(path: Path | None, device: str) -> Extractor:
    """Return the network of the original FID as a feature extractor.

    Without a file the weights are downloaded once, into torch's cache.

    Raises:
        MissingExtraError: if torch-fidelity is not installed.
        WeightsError: if the weights cannot be had, or are others.
        DeviceError: if the device is not there.
    """
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
    except ImportError as error:
        raise MissingExtraError("--fid", "fid") from error
    tensors = read_inception(path, URL_INCEPTION_V3)
    try:
        network = build_inception(tensors)
    except RuntimeError as error:
        raise _unusable(path or URL_INCEPTION_V3, "its tensors are of another network") from error
    return to_extractor(network, device)


def read_inception(path: Path | None, url: str) -> dict[str, Tensor]:
    """Return the tensors of a local file, or of the one published at `url`.

    A `.pth` is a pickle, so only the published one is read, known by its hash, and as tensors only.

    Raises:
        WeightsError: if the file cannot be read or downloaded, or is another pickle.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from torch.hub import get_dir, load_state_dict_from_url

    cached = Path(get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if path is None and cached.is_file():
        path = cached
    if path is not None and not path.is_file():
        raise _unusable(path, "no such file")
    own = path is not None and path.suffix == ".safetensors"
    if path is not None and not own and sha256_of(path) != PUBLISHED_SHA256:
        raise _unusable(path, "neither .safetensors nor the file that torch-fidelity publishes")
    try:
        if path is not None and own:
            return load_file(path)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # says what it downloads
            return load_state_dict_from_url(
                url,
                model_dir=None if path is None else str(path.parent),
                file_name=None if path is None else path.name,  # there, so not downloaded
                map_location="cpu",
                progress=False,
                check_hash=True,
                weights_only=True,
            )
    except (OSError, EOFError, RuntimeError, SafetensorError) as error:
        raise _unusable(path or url, str(error)) from error


def _unusable(source: Path | str, why: str) -> WeightsError:
    return WeightsError(
        f"{source}: no weights of FID's Inception ({why}); give torch-fidelity's .pth, or its "
        "tensors as .safetensors, with --inception, or leave out --fid"
    )


def build_inception(tensors: dict[str, Tensor]) -> nn.Module:
    """Return TensorFlow's Inception v3 of 2015-12-05, as torch-fidelity rebuilt it.

    It takes uint8 (B, 3, H, W) and returns a tuple of one: `pool3`, (B, 2048). Its peculiarities
    matter: it resizes to 299 x 299 as TensorFlow 1 did (bilinear, pixel 0 onto pixel 0, without
    smoothing), averages without the border, and takes a maximum in the last block.

    Raises:
        RuntimeError: if the tensors are of another network.
    """
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    with BytesIO() as own:  # it unpickles what it is given, so give it a file of our making
        torch.save(tensors, own)
        own.seek(0)
        network: nn.Module = FeatureExtractorInceptionV3("fid", ["2048"], own)
    return network


def to_extractor(network: nn.Module, device: str) -> Extractor:
    """Return a function that runs such a network on one image.

    Raises:
        DeviceError: if the device is not there.
    """
    import torch

    where = resolve_device(device)
    network = network.to(where)

    def extract(pixels: NDArray[np.uint8]) -> Array:
        image_bchw = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None].to(where)
        with computing(where, "fp32"):
            (features,) = network(image_bchw)  # (1, D)
        return np.asarray(features[0].cpu().numpy(), dtype=np.float64)

    return extract
