"""Holes filled by our networks: small photos whole, large ones in a window around the hole."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from torch import nn

from inpaintscan.data.windows import Mask, Pixels
from inpaintscan.device import computing, resolve_device, resolve_precision
from inpaintscan.errors import UsageError
from inpaintscan.gen_data.compose import bounding_box, fill_window
from inpaintscan.gen_data.inpainters import Hole, Inpainter
from inpaintscan.gen_data.inpainters.networks import (
    MULTIPLE,
    in_equal_sizes,
    pad_to,
    run_tiled,
    to_array,
    to_device,
    to_tensor,
    to_uint8,
)
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.nets.generators.coarse import CoarseInpainter, fill_shrunk
from inpaintscan.weights import load_network, resolve_model

SEEN = 512
"""Longest side that a network sees at once; the shipped ones were trained on 256 pixels."""
OVERLAP = 128
_LEAST_MARGIN = 64


def load_learnt(choice: Choice, settings: Settings) -> Inpainter:
    """Load one of our hole-filling networks: by file, or the shipped `inpainter-<name>`.

    Raises:
        UsageError: if the file holds a network for something else.
        WeightsError: if it cannot be loaded.
    """
    path = resolve_model(choice.argument or f"inpainter-{choice.name}")
    network, card = load_network(path)
    if card.task != "inpainter" or card.arch != choice.name:
        raise UsageError(
            f"{path}: holds {card.arch!r} for {card.task!r}, not the inpainter {choice.name!r}"
        )
    fill = LearntFill(network, settings)
    return Inpainter(
        f"{choice.name}:{path.stem}" if choice.argument else choice.name,
        lambda holes: in_equal_sizes(holes, fill),
        whole_frame=fill.network.redraws,
    )


class LearntFill:
    """Fills holes in photos of one size; called with holes, returns frames (B, H, W, 3)."""

    def __init__(self, network: nn.Module, settings: Settings) -> None:
        assert isinstance(network, CoarseInpainter)
        to_device(network, settings)
        self.network = network
        self.device = resolve_device(settings.device)
        self.precision = resolve_precision(settings.precision, self.device)
        self.multiple = MULTIPLE * network.shrink

    def __call__(self, holes: list[Hole]) -> Pixels:
        """Fill a batch; pixels outside the holes change only if the network redraws them."""
        if max(holes[0].mask.shape) <= SEEN:
            return self._draw(holes)
        redraws = self.network.redraws
        frames = self._draw(holes) if redraws else np.stack([hole.image for hole in holes])
        for frame, hole in zip(frames, holes, strict=True):
            box = bounding_box(hole.mask)
            margin = max(_LEAST_MARGIN, (box.xmax - box.xmin) // 2, (box.ymax - box.ymin) // 2)
            filled = fill_window(hole.image, hole.mask, margin, self._fill_shrunk)
            frame[hole.mask] = filled[hole.mask]
        return frames

    def _draw(self, holes: list[Hole]) -> Pixels:
        """Run the network over the whole frames, tile by tile where they are large."""
        pixels = np.stack([_with_mask(hole.image, hole.mask) for hole in holes])
        drawn = run_tiled(pixels, self._run, tile=SEEN, overlap=OVERLAP, multiple=self.multiple)
        return to_uint8(drawn)

    def _fill_shrunk(self, image: Pixels, mask: Mask) -> Pixels:
        """Fill a part of a photo at a size that the network sees at once; 160 bytes a pixel."""
        height, width = mask.shape
        factor = math.ceil(math.sqrt(height * width) / SEEN)
        pixels = pad_to(_with_mask(image, mask)[None], factor * self.multiple)
        return to_uint8(self._run(pixels, factor)[0, :height, :width])

    def _run(self, pixels: NDArray[np.float32], factor: int = 1) -> NDArray[np.float32]:
        tensor = to_tensor(pixels, self.device)
        with computing(self.device, self.precision):
            return to_array(fill_shrunk(self.network, tensor[:, :3], tensor[:, 3:], factor))


def _with_mask(image: Pixels, mask: Mask) -> NDArray[np.float32]:
    return np.dstack([image / np.float32(255), mask]).astype(np.float32)
