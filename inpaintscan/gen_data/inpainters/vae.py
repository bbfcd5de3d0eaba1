"""The autoencoder round trip of a whole frame, as latent inpainters leave on every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from inpaintscan.data.windows import Pixels
from inpaintscan.device import computing, resolve_device, resolve_precision
from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.inpainters.diffusers_vae import is_diffusers, load_diffusers_vae
from inpaintscan.gen_data.inpainters.networks import (
    DecodeOnly,
    in_equal_sizes,
    run_tiled,
    stem_of,
    to_array,
    to_device,
    to_tensor,
    to_uint8,
)
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.nets.generators.external_vae import is_external, load_external
from inpaintscan.weights import load_network, resolve_model

TILE = 1024
OVERLAP = 128


def load_vae(choice: Choice, settings: Settings) -> Inpainter:
    """Load the autoencoder that a method or `--vae` names.

    Raises:
        UsageError: if the file is of another task.
        WeightsError: if it cannot be loaded.
    """
    name = str(choice.argument)  # settle() has named every autoencoder
    network = load_autoencoder(name)
    return Inpainter(f"vae:{stem_of(name)}", RoundTrip(network, settings), whole_frame=True)


def load_autoencoder(name: str) -> nn.Module:
    """Return an autoencoder in evaluation mode.

    It is a weights file of ours or its shipped name, a folder with a tiny autoencoder's two files,
    or a diffusers `AutoencoderKL` / `AutoencoderTiny` by local folder or `owner/name` of the hub.
    """
    folder = Path(name)
    if is_external(folder):
        return load_external(folder)
    if is_diffusers(name):
        return load_diffusers_vae(name)
    if folder.is_dir():
        raise WeightsError(f"{folder}: no autoencoder found in this folder")
    path = resolve_model(name)
    network, card = load_network(path)
    if card.task != "autoencoder":
        raise UsageError(f"{path}: its task is {card.task!r}, not 'autoencoder'")
    return network


class RoundTrip:
    """An autoencoder, and the two ways to make many slightly different ones of it."""

    def __init__(self, network: nn.Module, settings: Settings) -> None:
        self.network = to_device(network, settings)
        self.decode = DecodeOnly(self.network)
        self.device = resolve_device(settings.device)
        self.precision = resolve_precision(settings.precision, self.device)
        self.draws = bool(getattr(network, "noise", False))
        self.most_noise = settings.vae_noise
        self.most_jitter = settings.vae_jitter

    def __call__(self, holes: Sequence[Hole]) -> list[Pixels]:
        """Return the reconstruction of each photo; the holes' masks do not matter."""
        if self.most_jitter or self.draws:  # each image has its own decoder, or its own noise
            return [self._round_trip([hole])[0] for hole in holes]
        return in_equal_sizes(holes, self._round_trip)

    def _round_trip(self, holes: list[Hole]) -> Pixels:
        """Reconstruct photos of one size; uint8 (B, H, W, 3)."""
        noises = [float(hole.rng.uniform(0, self.most_noise)) for hole in holes]
        jitter = float(holes[0].rng.uniform(0, self.most_jitter))
        generators = [
            torch.Generator().manual_seed(int(hole.rng.integers(2**62))) for hole in holes
        ]
        weights = self._jittered(jitter, generators[0])

        def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
            with computing(self.device, self.precision):
                latents = self._encode(to_tensor(pixels, self.device))
                latents = self._disturbed(latents, noises, generators)
                return to_array(functional_call(self.decode, weights, (latents,)))

        frames = np.stack([hole.image for hole in holes]).astype(np.float32) / 255.0
        with torch.random.fork_rng(enabled=self.draws):
            if self.draws:
                torch.manual_seed(int(holes[0].rng.integers(2**62)))
            return to_uint8(run_tiled(frames, run, tile=TILE, overlap=OVERLAP))

    def _encode(self, images: Tensor) -> Tensor:
        """Return the latent, or the mean of its distribution where the network gives one."""
        encoded = self.network.encode(images)  # type: ignore[operator]
        latents: Tensor = encoded[0] if isinstance(encoded, tuple) else encoded
        return latents

    def _disturbed(
        self, latents: Tensor, noises: list[float], generators: list[torch.Generator]
    ) -> Tensor:
        """Add noise to each image's latent, relative to that latent's standard deviation."""
        if not self.most_noise:
            return latents
        latents = latents.float()
        white = torch.stack(
            [torch.randn(latents.shape[1:], generator=generator) for generator in generators]
        ).to(latents.device)
        amounts = torch.tensor(noises, device=latents.device) * latents.std(dim=(1, 2, 3))
        return latents + amounts[:, None, None, None] * white

    def _jittered(self, sigma: float, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the decoder's weights by name, each changed by a relative Gaussian amount."""
        if not sigma:
            return {}
        return {
            f"network.{name}": value
            * (1 + sigma * torch.randn(value.shape, generator=generator)).to(value.device)
            for name, value in self.network.named_parameters()
            if "decoder" in name
        }
