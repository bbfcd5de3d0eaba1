"""What inpainters with networks share: device, batches of equal size, tiles, grey levels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inpaintscan.data.windows import Pixels
from inpaintscan.device import place, resolve_device
from inpaintscan.gen_data.inpainters import Hole
from inpaintscan.gen_data.settings import Settings
from inpaintscan.scan.tiles import tile_starts


class Float32(nn.Module):
    """A layer that computes in float32 under autocast too: bfloat16 would leave out grey levels."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Tensor) -> Tensor:
        """Return what the layer returns."""
        with torch.autocast(features.device.type, enabled=False):
            output: Tensor = self.layer(features.float())
        return output


class DecodeOnly(nn.Module):
    """An autoencoder of which `forward` is only the way back, for calls with other weights."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, latents: Tensor) -> Tensor:
        """Latent -> RGB (B, 3, H, W) in [0, 1]."""
        images: Tensor = self.network.decode(latents)  # type: ignore[operator]
        return images


def to_device(network: nn.Module, settings: Settings) -> nn.Module:
    """Place a network, its last convolutions kept at float32."""
    for name in ("decoder", "coarse", "refine", "layers", "to_rgb"):
        part = getattr(network, name, None)
        if isinstance(part, nn.Conv2d):
            setattr(network, name, Float32(part))
        elif isinstance(part, nn.Sequential) and isinstance(part[-1], nn.Conv2d):
            part[-1] = Float32(part[-1])
    return place(network, resolve_device(settings.device))


def to_tensor(images_bhwc: NDArray[np.float32], device: torch.device) -> Tensor:
    """(B, H, W, C) -> (B, C, H, W) on the device."""
    return torch.from_numpy(np.ascontiguousarray(images_bhwc.transpose(0, 3, 1, 2))).to(device)


def to_array(images_bchw: Tensor) -> NDArray[np.float32]:
    """(B, C, H, W) -> float32 (B, H, W, C) in main memory."""
    return images_bchw.float().cpu().numpy().transpose(0, 2, 3, 1)


def to_uint8(images: NDArray[np.float32]) -> Pixels:
    """[0, 1] -> 0 to 255, rounded."""
    rounded: Pixels = np.clip(np.rint(images * 255.0), 0, 255).astype(np.uint8)
    return rounded


def in_equal_sizes(holes: Sequence[Hole], run: Callable[[list[Hole]], Pixels]) -> list[Pixels]:
    """Run holes of one image size together; frames in the order of the holes."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, hole in enumerate(holes):
        groups[hole.image.shape].append(index)
    frames: dict[int, Pixels] = {}
    for indices in groups.values():
        frames.update(zip(indices, run([holes[index] for index in indices]), strict=True))
    return [frames[index] for index in range(len(holes))]


def stem_of(name: str) -> str:
    """Return a model's short name: of `a/b.safetensors`, `a/b/` and `owner/b` it is `b`."""
    return Path(name).name.removesuffix(".safetensors")


MULTIPLE = 16
"""The sides of a network's input are multiples of it; the partial U-Net halves them four times."""

Run = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]


def run_tiled(
    pixels: NDArray[np.float32], run: Run, *, tile: int, overlap: int, multiple: int = MULTIPLE
) -> NDArray[np.float32]:
    """Apply `run` (B, h, w, C) -> (B, h, w, 3) to `pixels` (B, H, W, C); float32 (B, H, W, 3).

    Photos of up to one tile go in whole, padded by reflection to the multiple. Where tiles
    overlap, they are blended by weights that fall linearly towards their edges.
    """
    batch, height, width = pixels.shape[:3]
    padded = pad_to(pixels, multiple)
    rows, columns = padded.shape[1:3]
    if rows <= tile and columns <= tile:
        return run(padded)[:, :height, :width]
    total = np.zeros((batch, rows, columns, 3), dtype=np.float32)
    weights = np.zeros((rows, columns, 1), dtype=np.float32)
    for top in tile_starts(rows, tile, multiple, overlap):
        for left in tile_starts(columns, tile, multiple, overlap):
            part = padded[:, top : top + tile, left : left + tile]
            down, across = _ramp(part.shape[1], overlap), _ramp(part.shape[2], overlap)
            weight = (down[:, None] * across[None])[..., None]
            total[:, top : top + tile, left : left + tile] += run(part) * weight
            weights[top : top + tile, left : left + tile] += weight
    return (total / weights)[:, :height, :width]


def pad_to(pixels: NDArray[np.float32], multiple: int) -> NDArray[np.float32]:
    """Pad (B, H, W, C) at the bottom and right by reflection, until sides are multiples."""
    rows, columns = (-side % multiple for side in pixels.shape[1:3])
    return np.pad(pixels, ((0, 0), (0, rows), (0, columns), (0, 0)), mode="symmetric")


def _ramp(side: int, overlap: int) -> NDArray[np.float32]:
    """Return weights along a tile's side: 1 inside, falling to nearly 0 over the overlap."""
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 1.0
    return np.minimum(1.0, distance / max(1, overlap)).astype(np.float32)
