"""The autoencoder round trip of a whole frame, as latent inpainters leave on every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.gen_data.tiled import run_tiled

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

TILE = 1024
OVERLAP = 64


def load_vae(choice: Choice, settings: Settings) -> Inpainter:
    """Load an autoencoder: a weights file of ours (or its name), or a folder of another's.

    Raises:
        UsageError: if none was named.
        WeightsError: if it cannot be loaded.
    """
    name = choice.argument or (settings.vae[0] if settings.vae else None)
    if name is None:
        raise UsageError("the method 'vae' needs an autoencoder: --method vae=FILE or --vae FILE")
    network, sha256 = load_autoencoder(name)
    trip = RoundTrip(network, settings)

    def inpaint(holes: Sequence[Hole]) -> list[NDArray[np.uint8]]:
        return [trip(hole.image, hole.rng) for hole in holes]

    return Inpainter(f"vae:{Path(name).stem}", inpaint, whole_frame=True, sha256=sha256)


def load_autoencoder(name: str) -> tuple[nn.Module, str]:
    """Return an autoencoder in evaluation mode, and the SHA-256 of its (decoder's) file."""
    from inpaintscan.nets.external_vae import external_files, is_external, load_external
    from inpaintscan.weights import load_network, resolve_model, sha256_of

    folder = Path(name)
    if is_external(folder):
        return load_external(folder), sha256_of(external_files(folder)[1])
    path = resolve_model(name)
    network, card = load_network(path)
    if card.task != "autoencoder":
        raise UsageError(f"{path}: its task is {card.task!r}, not 'autoencoder'")
    return network, sha256_of(path)


class RoundTrip:
    """An autoencoder with the two ways to make many slightly different ones of it."""

    def __init__(self, network: nn.Module, settings: Settings) -> None:
        import torch

        if settings.vae_noise and not (hasattr(network, "encode") and hasattr(network, "decode")):
            raise UsageError("--vae-noise needs an autoencoder with an encoder and a decoder")
        self.device = torch.device("cpu" if settings.device == "auto" else settings.device)
        self.network = network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.settings = settings
        self.bfloat16 = settings.precision == "bf16" or (
            settings.precision == "auto" and _has_fast_bfloat16()
        )

    def __call__(
        self, image: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Return the reconstruction of uint8 (H, W, 3), same shape."""
        import torch

        noise = rng.uniform(0, self.settings.vae_noise)
        jitter = rng.uniform(0, self.settings.vae_jitter)
        seed = int(rng.integers(2**63))
        parameters = self._jittered(jitter, seed)

        def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
            images = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).to(self.device)
            with (
                torch.inference_mode(),
                torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16),
            ):
                output = self._forward(images, parameters, noise, seed + 1)
            frame: NDArray[np.float32] = output[0].float().cpu().numpy().transpose(1, 2, 0)
            return frame

        frame = run_tiled(image.astype(np.float32) / 255.0, run, tile=TILE, overlap=OVERLAP)
        return np.clip(np.rint(frame * 255.0), 0, 255).astype(np.uint8)

    def _forward(
        self, images: torch.Tensor, parameters: dict[str, torch.Tensor], noise: float, seed: int
    ) -> torch.Tensor:
        """Encode, disturb the latent, decode with the disturbed weights; (1, 3, H, W)."""
        import torch
        from torch.func import functional_call

        from inpaintscan.nets.external_vae import DecodeOnly

        if not hasattr(self.network, "encode"):
            output: torch.Tensor = functional_call(self.network, parameters, (images,))
            return output
        latent = self.network.encode(images)
        if noise:
            latent = latent.float()
            generator = torch.Generator().manual_seed(seed)
            white = torch.randn(latent.shape, generator=generator).to(latent.device)
            latent = latent + noise * latent.std() * white
        decoded: torch.Tensor = functional_call(
            DecodeOnly(self.network),
            {f"network.{name}": value for name, value in parameters.items()},
            (latent,),
        )
        return decoded

    def _jittered(self, sigma: float, seed: int) -> dict[str, torch.Tensor]:
        """Return the decoder's weights, each changed by a relative Gaussian amount."""
        import torch

        if not sigma:
            return {}
        generator = torch.Generator().manual_seed(seed)
        return {
            name: value * (1 + sigma * torch.randn(value.shape, generator=generator)).to(value.device)
            for name, value in self.network.named_parameters()
            if not name.startswith("encoder")
        }


def _has_fast_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 in hardware."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
