"""What an image's verdict is judged by: a few dozen numbers, whatever the number of its tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inpaintscan.scan.carrier import CARRIERS
from inpaintscan.scan.verdict import logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inpaintscan.scan.carrier import Facts

_SHARES = (0.002, 0.01, 0.05, 0.2, 0.5)
_LOW_SHARES = (0.2, 0.5)
_LIMIT = 0.5

NAMES = (
    *(f"replaced_top_{share:g}" for share in _SHARES),
    "replaced_mean",
    "replaced_area",
    "replaced_contrast",
    *(f"synthetic_top_{share:g}" for share in _SHARES),
    *(f"synthetic_low_{share:g}" for share in _LOW_SHARES),
    "synthetic_mean",
    "synthetic_inside",
    "tile_inpainted_mean",
    "tile_inpainted_max",
    "tile_generated_mean",
    "tile_generated_max",
    "view_generated",
    "view_asset",
    "quality",
    "flat",
    "grain",
    "log_side",
    *(f"carrier_{name}" for name in CARRIERS),
)
"""The measures in order. A changed list is another network."""


def measure(
    replaced: NDArray[np.float32],
    synthetic: NDArray[np.float32],
    tile_logits: NDArray[np.float32],
    view_logits: NDArray[np.float32],
    facts: Facts,
) -> NDArray[np.float32]:
    """Return the measures of an image, float32 (len(NAMES),).

    `replaced` and `synthetic` are its two maps in [0, 1]; `tile_logits` (tiles, 2) the tiles'
    scores, inpainted and generated; `view_logits` (2,) the whole look's, generated and asset.
    """
    lit = replaced >= _LIMIT
    inside = float(np.mean(replaced[lit])) if lit.any() else float(replaced.max())
    outside = float(np.mean(replaced[~lit])) if not lit.all() else _LIMIT
    values = [
        *(_logit_of_top(replaced, share) for share in _SHARES),
        logit(float(replaced.mean())),
        float(lit.mean()),
        logit(inside) - logit(outside),
        *(_logit_of_top(synthetic, share) for share in _SHARES),
        *(-_logit_of_top(1 - synthetic, share) for share in _LOW_SHARES),
        logit(float(synthetic.mean())),
        logit(float(synthetic[lit].mean())) if lit.any() else logit(float(synthetic.mean())),
        float(tile_logits[:, 0].mean()),
        float(tile_logits[:, 0].max()),
        float(tile_logits[:, 1].mean()),
        float(tile_logits[:, 1].max()),
        float(view_logits[0]),
        float(view_logits[1]),
        facts.quality,
        facts.flat,
        facts.grain,
        facts.log_side,
        *(float(facts.carrier == name) for name in CARRIERS),
    ]
    return np.array(values, dtype=np.float32)


def top_mean(grid: NDArray[np.float32], share: float) -> float:
    """Return the mean of the largest `share` of the values, at least one."""
    count = max(1, round(share * grid.size))
    largest = np.partition(grid, grid.size - count, axis=None)[grid.size - count :]
    return float(largest.mean(dtype=np.float64))


def _logit_of_top(grid: NDArray[np.float32], share: float) -> float:
    return logit(top_mean(grid, share))
