"""What every scanning network answers."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Prediction(NamedTuple):
    """Logits for a batch of tiles; a network leaves out what it has no head for."""

    map_logits: Tensor | None = None
    """(B, maps, H / stride, W / stride): was this pixel's content replaced? A second map, if there
    is one, tells whether it came out of a generator."""
    score_logits: Tensor | None = None
    """(B, classes): one logit per class of the card, independent of each other."""
    more_scores: Tensor | None = None
    """(B, n): scores of a second look, for a judge alone."""
    boxes_xyxy: Tensor | None = None
    """(B, 4) in [0, 1] of the tile: xmin, ymin, xmax, ymax."""
