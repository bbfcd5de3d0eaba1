"""Autoencoders of the diffusers library: `AutoencoderKL` and `AutoencoderTiny`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from inpaintscan.errors import MissingExtraError, WeightsError, first_line

_CLASSES = ("AutoencoderKL", "AutoencoderTiny")


class DiffusersVae(nn.Module):
    """One of theirs with our conventions: RGB in [0, 1], tensors in and out."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 (a class of an optional package)
        super().__init__()
        self.network = network

    def encode(self, images: Tensor) -> Tensor:
        """RGB (B, 3, H, W) in [0, 1] -> the latent, of a distribution its mode."""
        encoded = self.network.encode(images * 2 - 1)
        latents: Tensor = (
            encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
        )
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """Latent -> RGB (B, 3, H, W) in [0, 1]."""
        images: Tensor = self.network.decode(latents).sample
        return (images.float() / 2 + 0.5).clamp(0, 1)


def is_diffusers(name: str) -> bool:
    """Whether a name is a diffusers model: a folder with its config, or `owner/name` of the hub."""
    folder = Path(name)
    if folder.is_dir():
        return (folder / "config.json").is_file() or (folder / "vae" / "config.json").is_file()
    return name.count("/") == 1 and not folder.suffix and not folder.exists()


def load_diffusers_vae(name: str) -> nn.Module:
    """Load an autoencoder, or the one inside a pipeline's folder (`vae/`).

    Raises:
        MissingExtraError: if diffusers is not installed.
        WeightsError: if there is no such model, or it is no autoencoder.
    """
    try:
        import diffusers
    except ImportError as error:
        raise MissingExtraError("a diffusers autoencoder", "diffusion") from error
    folder = Path(name)
    if (folder / "vae" / "config.json").is_file():
        folder = folder / "vae"
    try:
        class_name = _class_name(folder) if folder.is_dir() else _CLASSES[0]
        network = getattr(diffusers, class_name).from_pretrained(
            str(folder) if folder.is_dir() else name, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"{name}: cannot load this diffusers autoencoder: {first_line(error)}"
        ) from error
    return DiffusersVae(network).eval()


def _class_name(folder: Path) -> str:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    class_name = str(config.get("_class_name"))
    if class_name not in _CLASSES:
        raise WeightsError(f"{folder}: holds {class_name!r}, not one of {', '.join(_CLASSES)}")
    return class_name
