"""What a scan says about an image: plain values, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FileBytes: TypeAlias = bytes
Verdict = Literal["clean", "unsure", "inpainted", "generated", "error"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Stated = Literal["generated", "composite", "tampered"]
"""What a file says of itself: made by AI, composed with AI, or that it was changed since signed."""
Signature = Literal["trusted", "valid", "invalid", "broken"]
"""How far a signature goes. `trusted`: it holds, and its chain ends in the trust list. `valid`: it
holds, by a certificate that anyone can make. `invalid`: not accepted, for example for its
certificate. `broken`: the signature or a hash does not fit."""

WHOLE_MASKS: Mapping[Verdict, bool] = {"clean": False, "generated": True}
"""The verdicts that say the same of every pixel, and whether it was replaced."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels as displayed; `xmax` and `ymax` are exclusive."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


@dataclass(frozen=True, slots=True)
class Region:
    """One connected part of the mask.

    `score` is the mean probability of its pixels in [0, 1], `area` its share of the image's pixels.
    """

    score: float
    area: float
    box: Box


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something the file itself states about its making, e.g. a C2PA manifest.

    `kind` is one of `c2pa`, `iptc-digital-source-type`, `generation-parameters`, `software`.
    `signature` is None where none was checked: then it is "as stated, not verified".
    """

    kind: str
    value: str
    where: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities in [0, 1]."""

    inpainted: float
    generated: float


@dataclass(frozen=True)
class ProbMap:
    """The probability of each pixel that its content is synthesised, on the network's grid.

    `grid` is float32 (ceil(H / stride), ceil(W / stride)) in [0, 1]; `size_hw` is the image's size
    as displayed. Full size is made on demand, so a finding stays small in memory.
    """

    grid: NDArray[np.float32]
    stride: int
    size_hw: tuple[int, int]
    threshold: float
    """The probability from which a pixel is in the mask."""

    def rows(self, top: int, bottom: int) -> NDArray[np.float32]:
        """Return rows `top` to `bottom` (exclusive) of the full-size map, float32 (rows, W).

        Bilinear between the centres of the grid's cells, as `align_corners=False`.
        """
        height, width = self.size_hw
        bottom = min(bottom, height)
        grid_rows, grid_columns = self.grid.shape
        image = Image.fromarray(self.grid)
        scaled = image.resize(
            (width, bottom - top),
            Image.Resampling.BILINEAR,
            box=(
                0.0,
                top / self.stride,
                min(width / self.stride, grid_columns),
                min(bottom / self.stride, grid_rows),
            ),
        )
        return np.asarray(scaled, dtype=np.float32)

    def full(self) -> NDArray[np.float32]:
        """Return the map at the image's size, float32 (H, W) in [0, 1]."""
        return self.rows(0, self.size_hw[0])

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """The pixels at or above the threshold, bool (H, W)."""
        height, width = self.size_hw
        mask = np.empty((height, width), dtype=bool)
        for top in range(0, height, 512):
            bottom = min(top + 512, height)
            mask[top:bottom] = self.rows(top, bottom) >= self.threshold
        return mask


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one image (or one frame of it): SPEC section 4.

    For `verdict == "error"` only `path` and `error` are sure to be filled.
    """

    path: str
    verdict: Verdict
    sha256: str | None = None
    bytes: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    frame: int | None = None
    """Frame number, only with `--frames all` on an animation."""
    reasons: tuple[str, ...] = ()
    scores: Scores | None = None
    stated: Stated | None = None
    """What the evidence comes to; beside the verdict, never inside the scores."""
    area: float | None = None
    regions: tuple[Region, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    error: str | None = None
    prob_map: ProbMap | None = field(default=None, repr=False, compare=False)
    logits: dict[str, float] | None = field(default=None, repr=False, compare=False)
    """The network's raw score of each class, before calibration and rounding; never in a record."""
    carrier: str | None = field(default=None, repr=False, compare=False)
    """What carried the picture (`scan/carrier.py`), which decides its threshold."""
    measures: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    """What a judge judged by (`scan/measures.py`)."""
    known: bool = False
    """Listed as a finding in the `--baseline` report, so it does not count."""
    content: FileBytes | None = field(default=None, repr=False, compare=False)
    """The file as it was read, kept only where pictures are made of it."""

    @property
    def score(self) -> float | None:
        """The larger of the two scores."""
        return None if self.scores is None else max(self.scores.inpainted, self.scores.generated)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The regions' boxes, best first."""
        return tuple(region.box for region in self.regions)

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """The pixels called replaced, bool (H, W), or None where there is no map.

        It agrees with the verdict: none of a clean image, all of a generated one, else those of
        the map at its threshold. `prob_map.mask` is the map at its threshold whatever the verdict.
        """
        if self.prob_map is None:
            return None
        if self.verdict in WHOLE_MASKS:
            return np.full(self.prob_map.size_hw, WHOLE_MASKS[self.verdict])
        return self.prob_map.mask

    @property
    def heatmap(self) -> NDArray[np.float32] | None:
        """The probability map at full size, float32 (H, W) in [0, 1], or None."""
        return None if self.prob_map is None else self.prob_map.full()

    def to_dict(self) -> dict[str, Any]:
        """Return the record that every report shows: JSON types only, all fields always there."""
        from inpaintscan.report.record import to_record

        return to_record(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from inpaintscan.report.notebook import to_notebook

        return to_notebook(self)
