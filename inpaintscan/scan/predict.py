"""Tiles as numpy arrays in, answers as numpy arrays out: where the network is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inpaintscan.device import BatchFitter, Precision, computing, fit_batch_size, place
from inpaintscan.errors import WeightsError, first_line

if TYPE_CHECKING:
    import torch
    from torch import nn

    from inpaintscan.nets.detectors.prediction import Prediction

_NETWORK_ERRORS = (
    AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError
)  # fmt: skip
"""What a network raises when its input is not what it was made for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says about one tile; None for what it has no head for.

    `prob_map` float32 (height / stride, width / stride) in [0, 1], `score_logits` float32
    (classes,), `box_xyxy` float32 (4,) in [0, 1] of the tile. `more_maps`, each like
    `prob_map`, and `more_scores` float32 (n,) are for a judge.
    """

    prob_map: NDArray[np.float32] | None
    score_logits: NDArray[np.float32] | None
    box_xyxy: NDArray[np.float32] | None
    more_maps: tuple[NDArray[np.float32], ...] = ()
    more_scores: NDArray[np.float32] | None = None

    def is_finite(self) -> bool:
        """Tell whether every value is a number."""
        known = (self.prob_map, self.score_logits, self.box_xyxy, self.more_scores)
        arrays = (*known, *self.more_maps)
        return all(array is None or bool(np.isfinite(array).all()) for array in arrays)


class Predictor:
    """A network on its device. The only state between calls is how many tiles fit in memory."""

    def __init__(
        self,
        network: nn.Module,
        device: torch.device,
        precision: Precision,
        batch_size: int | None = None,
    ) -> None:
        self.device = device
        self.precision = precision
        self._network = place(network, device)
        self._batch_size = batch_size
        self._fitter = BatchFitter(device)
        self._sizes: dict[int, int] = {}

    def batch_size(self, shape_hw: tuple[int, int]) -> int:
        """Return how many tiles of a shape to hand over at once."""
        pixels = shape_hw[0] * shape_hw[1]
        if self._batch_size is not None:
            return self._batch_size
        if pixels not in self._sizes:
            self._sizes[pixels] = fit_batch_size(self.device, pixels)
        return self._sizes[pixels]

    def predict(self, tiles: Sequence[NDArray[np.uint8]]) -> list[Answer]:
        """Return the answers for tiles of one shape, each uint8 (H, W, 3) RGB.

        On the CPU tiles are computed one by one: no slower, and the last bit of an answer then
        does not depend on the tiles that happened to be beside it.

        Raises:
            DeviceError: if there is not enough memory for a single tile.
            WeightsError: if the network cannot take such tiles.
        """
        height, width = tiles[0].shape[:2]
        step = 1 if self.device.type == "cpu" else len(tiles)
        answers: list[Answer] = []
        for first in range(0, len(tiles), step):
            batch = tiles[first : first + step]
            answers += self._predict_batch(batch, height * width)
        return answers

    def look(self, views: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the logits (n, 2) of the views of one picture, uint8 (n, side, side, 3)."""
        import torch

        with computing(self.device, self.precision):
            views_bhwc = torch.from_numpy(views).to(self.device)
            logits = self._network.look(  # type: ignore[operator]
                views_bhwc.permute(0, 3, 1, 2).float().div_(255.0)
            )
            return _to_numpy_sure(logits)

    def judge(self, measures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an image's score logits, float32 (classes,), from its measures."""
        import torch

        with computing(self.device, "fp32"):
            values = torch.from_numpy(measures)[None].to(self.device)
            return _to_numpy_sure(self._network.judge(values)[0])  # type: ignore[operator]

    def shift(self, top: float) -> float:
        """Return by how much the map of an image whose top is `top` is to be moved, in logits."""
        return float(self._network.shift(top))  # type: ignore[operator]

    def _predict_batch(self, batch: Sequence[NDArray[np.uint8]], tile_pixels: int) -> list[Answer]:
        def compute(start: int, stop: int) -> list[Answer]:
            return self._compute(batch[start:stop])

        try:
            parts = self._fitter.run(compute, len(batch), tile_pixels)
        except _NETWORK_ERRORS as error:
            height, width = batch[0].shape[:2]
            raise WeightsError(
                f"the network fails on a tile of {height} x {width} pixels ({first_line(error)}); "
                "its weights file may ask for an input that it cannot take"
            ) from error
        return [answer for part in parts for answer in part]

    def _compute(self, tiles: Sequence[NDArray[np.uint8]]) -> list[Answer]:
        import torch

        with computing(self.device, self.precision):
            batch_bhwc = torch.from_numpy(np.stack(tiles)).to(self.device)
            # Seen as (B, 3, H, W), these bytes are laid out as channels_last.
            tiles_bchw = batch_bhwc.permute(0, 3, 1, 2).float().div_(255.0)
            return _to_answers(self._network(tiles_bchw), len(tiles))


def _to_answers(prediction: Prediction, count: int) -> list[Answer]:
    logits = prediction.map_logits
    maps = None if logits is None else _to_numpy(logits.float().sigmoid())
    scores, boxes = _to_numpy(prediction.score_logits), _to_numpy(prediction.boxes_xyxy)
    more = _to_numpy(prediction.more_scores)
    return [
        Answer(
            None if maps is None else maps[i, 0],
            None if scores is None else scores[i],
            None if boxes is None else boxes[i],
            () if maps is None else tuple(maps[i, 1:]),
            None if more is None else more[i],
        )
        for i in range(count)
    ]


def _to_numpy(tensor: torch.Tensor | None) -> NDArray[np.float32] | None:
    return None if tensor is None else _to_numpy_sure(tensor)


def _to_numpy_sure(tensor: torch.Tensor) -> NDArray[np.float32]:
    return tensor.float().cpu().numpy()
