"""Autoencoders made by others: the tiny FLUX.2 autoencoder (madebyollin, MIT licence).

Built from nothing but the tensor names of its two files, so that it loads without its own code.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from inpaintscan.errors import WeightsError, first_line

_WIDTH = 64
_POOL_WIDTH = 256
_LATENT = 32
_LIMIT = 3.0


class Block(nn.Module):
    """Three 3 x 3 convolutions; the skip is added before the last ReLU.

    At 1/8 scale the input first gets a term whose GroupNorm sees the whole image.
    """

    def __init__(self, *, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
        )
        self.pool = (
            nn.Sequential(
                nn.Conv2d(_WIDTH, _POOL_WIDTH, 1, bias=False),
                nn.GroupNorm(4, _POOL_WIDTH),
                nn.ReLU(inplace=True),
                nn.Conv2d(_POOL_WIDTH, _WIDTH, 1, bias=False),
            )
            if pooled
            else None
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, 64, H, W) -> the same shape."""
        if self.pool is not None:
            features = features + self.pool(features)
        summed: Tensor = self.conv(features) + features
        return summed.relu_()


class Clamp(nn.Module):
    """Softly bound a latent to (-3, 3)."""

    def forward(self, latent: Tensor) -> Tensor:
        """Any shape -> the same."""
        return (latent / _LIMIT).tanh() * _LIMIT


def _down() -> nn.Conv2d:
    return nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, stride=2, bias=False)


def _up() -> tuple[nn.Module, nn.Module]:
    return nn.Upsample(scale_factor=2), nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, bias=False)


class TinyAutoencoder(nn.Module):
    """RGB (B, 3, H, W) in [0, 1], sides a multiple of 8, to a latent (B, 32, H/8, W/8) and back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, _WIDTH, 3, padding=1),
            Block(),
            *(_down(), Block(), Block(), Block()),
            *(_down(), Block(), Block(), Block()),
            *(_down(), Block(pooled=True), Block(pooled=True), Block(pooled=True)),
            nn.Conv2d(_WIDTH, _LATENT, 3, padding=1),
        )
        self.decoder = nn.Sequential(
            Clamp(),
            nn.Conv2d(_LATENT, _WIDTH, 3, padding=1),
            nn.ReLU(inplace=True),
            *(Block(pooled=True), Block(pooled=True), Block(pooled=True), *_up()),
            *(Block(), Block(), Block(), *_up()),
            *(Block(), Block(), Block(), *_up()),
            Block(),
            nn.Conv2d(_WIDTH, 3, 3, padding=1),
        )

    def encode(self, images: Tensor) -> Tensor:
        """RGB (B, 3, H, W) in [0, 1] -> latent (B, 32, H/8, W/8)."""
        latent: Tensor = self.encoder(images)
        return latent

    def decode(self, latent: Tensor) -> Tensor:
        """Latent (B, 32, H/8, W/8) -> RGB (B, 3, H, W) in [0, 1]."""
        images: Tensor = self.decoder(latent)
        return images.clamp(0, 1)

    def forward(self, images: Tensor) -> Tensor:
        """RGB (B, 3, H, W) in [0, 1] -> its reconstruction in [0, 1]."""
        return self.decode(self.encode(images))


def is_external(path: Path) -> bool:
    """Whether a folder holds the two files of a tiny autoencoder."""
    return path.is_dir() and _find(path, "encoder") is not None


def load_external(folder: Path) -> TinyAutoencoder:
    """Load a tiny autoencoder from its folder, float32, in evaluation mode on the CPU.

    Raises:
        WeightsError: if a file is missing, damaged, or of another structure.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    network = TinyAutoencoder()
    for name, part in (("encoder", network.encoder), ("decoder", network.decoder)):
        path = _find(folder, name)
        if path is None:
            raise WeightsError(
                f"{folder}: needs *_encoder.safetensors and *_decoder.safetensors of a tiny "
                "autoencoder"
            )
        try:
            part.load_state_dict({key: tensor.float() for key, tensor in load_file(path).items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            why = first_line(error)
            raise WeightsError(f"{path}: not a tiny FLUX.2 autoencoder: {why}") from error
    return network.eval()


def _find(folder: Path, part: str) -> Path | None:
    return next(iter(sorted(folder.glob(f"*{part}.safetensors"))), None)
