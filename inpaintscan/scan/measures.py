"""What an image's verdict is judged by: a few dozen numbers, whatever the number of its tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inpaintscan.scan.carrier import CARRIERS, Facts
from inpaintscan.scan.verdict import logit

Grid = NDArray[np.float32]

_SHARES = (0.002, 0.01, 0.05, 0.2, 0.5)
_LOW_SHARES = (0.2, 0.5)
_LIMIT = 0.5
_TILE_SCORES = ("inpainted_mean", "inpainted_max", "generated_mean", "generated_max")

NAMES = (
    *(f"replaced_top_{share:g}" for share in _SHARES),
    "replaced_mean",
    "replaced_area",
    "replaced_contrast",
    *(f"synthetic_top_{share:g}" for share in _SHARES),
    *(f"synthetic_low_{share:g}" for share in _LOW_SHARES),
    "synthetic_mean",
    "synthetic_inside",
    *(f"tile_{name}" for name in _TILE_SCORES),
    "view_generated",
    "view_asset",
    "squares_mean",
    "squares_max",
    "quality",
    "flat",
    "grain",
    *(f"carrier_{name}" for name in CARRIERS),
    *(f"content_top_{share:g}" for share in _SHARES),
    "content_mean",
    "content_area",
    *(f"content_tile_{name}" for name in _TILE_SCORES),
)
"""The measures in order. A changed list is another network.

The size of the picture is none of them: collections of manipulated images have sizes of their own,
and a judge would learn those.
"""


def measure(
    maps: tuple[Grid, Grid, Grid],
    tile_logits: NDArray[np.float32],
    view_logits: NDArray[np.float32],
    facts: Facts,
) -> NDArray[np.float32]:
    """Return the measures of an image, float32 (len(NAMES),).

    `maps` are its maps in [0, 1], float32: what was replaced and what is synthetic by the look at
    histories, and what was replaced by the look at content. `tile_logits` (tiles, 4) are the tiles'
    scores, inpainted and generated, of the first and of the second of these looks; `view_logits`
    (1 + n, 2) the whole look's, generated and asset: of the picture reduced, then of squares of its
    own pixels.
    """
    replaced, synthetic, content = maps
    lit = replaced >= _LIMIT
    inside = float(np.mean(replaced[lit])) if lit.any() else float(replaced.max())
    outside = float(np.mean(replaced[~lit])) if not lit.all() else _LIMIT
    squares = view_logits[1:] if len(view_logits) > 1 else view_logits
    values = [
        *(_logit_of_top(replaced, share) for share in _SHARES),
        logit(float(replaced.mean())),
        float(lit.mean()),
        logit(inside) - logit(outside),
        *(_logit_of_top(synthetic, share) for share in _SHARES),
        *(-_logit_of_top(1 - synthetic, share) for share in _LOW_SHARES),
        logit(float(synthetic.mean())),
        logit(float(synthetic[lit].mean())) if lit.any() else logit(float(synthetic.mean())),
        *_mean_and_max(tile_logits[:, :2]),
        *(float(value) for value in view_logits[0]),
        float(squares[:, 0].mean()),
        float(squares[:, 0].max()),
        facts.quality,
        facts.flat,
        facts.grain,
        *(float(facts.carrier == name) for name in CARRIERS),
        *(_logit_of_top(content, share) for share in _SHARES),
        logit(float(content.mean())),
        float((content >= _LIMIT).mean()),
        *_mean_and_max(tile_logits[:, 2:]),
    ]
    return np.array(values, dtype=np.float32)


def top_mean(grid: Grid, share: float) -> float:
    """Return the mean of the largest `share` of the values, at least one."""
    count = max(1, round(share * grid.size))
    largest = np.partition(grid, grid.size - count, axis=None)[grid.size - count :]
    return float(largest.mean(dtype=np.float64))


def moved(grid: Grid, by: float) -> Grid:
    """Return a map in [0, 1] whose logits are moved; 0 and 1 stay."""
    up = np.float32(np.exp(by))
    shifted: Grid = (grid * up / (1 - grid + grid * up)).astype(np.float32)
    return shifted


def _logit_of_top(grid: Grid, share: float) -> float:
    return logit(top_mean(grid, share))


def _mean_and_max(tile_logits: NDArray[np.float32]) -> list[float]:
    """Return mean and largest value over the tiles of each column."""
    pairs = zip(tile_logits.mean(axis=0), tile_logits.max(axis=0), strict=True)
    return [float(value) for pair in pairs for value in pair]
