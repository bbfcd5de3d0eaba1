"""The pictures inside the page: thumbnails, previews, heatmaps and masks, as data addresses."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from inpaintscan.errors import ImageError
from inpaintscan.images import read_image, read_orientation
from inpaintscan.images.pixels import to_rgb

if TYPE_CHECKING:
    from inpaintscan.findings import Finding, ProbMap

THUMBNAIL_SIDE = 176
"""Longest side in pixels: twice what the list shows, for fine screens."""
_HEAT_SIDE = 320
_MEBIBYTE = 1024 * 1024
PREVIEW_TIERS = ((6, 960), (14, 640), (20, 480), (26, 320))
"""While the previews together take less than so many mebibytes, a preview has such a side."""
_LARGE_JPEG = 1_500_000
"""Pixels from which a JPEG is decoded at a fraction of its size, which is several times faster."""


@dataclass(slots=True)
class PictureBudget:
    """Makes the pictures of one report; what they take together is bounded.

    Thumbnails are always made. Previews shrink as the report grows, sooner for images where nothing
    was found, and are left out at the end.
    """

    used: int = field(default=0)
    """Bytes of the previews so far."""

    def render(self, finding: Finding) -> tuple[str | None, dict[str, str]]:
        """Return the thumbnail, and `preview`, `heat` and `mask` as far as they can be made.

        The thumbnail is None where the file is not there any more, or is no image.
        """
        pictures: dict[str, str] = {}
        side = self._preview_side(finding)
        image = _read_small(finding, max(side, THUMBNAIL_SIDE))
        if side and image is not None:
            preview = _encode(_shrink(image, side), "WEBP", quality=74, method=2)
            self.used += len(preview)
            pictures["preview"] = preview
        if finding.prob_map is not None:
            pictures["heat"] = _heat(finding.prob_map)
            pictures["mask"] = _mask(finding.prob_map, side or THUMBNAIL_SIDE)
        if image is None:
            return None, pictures
        thumbnail = _shrink(image, THUMBNAIL_SIDE)
        return _encode(thumbnail, "WEBP", quality=68, method=2), pictures

    def _preview_side(self, finding: Finding) -> int:
        sides = [side for limit, side in PREVIEW_TIERS if self.used < limit * _MEBIBYTE]
        if finding.verdict == "clean":
            sides = sides[1:]
        return sides[0] if sides else 0


def _read_small(finding: Finding, side: int) -> Image.Image | None:
    """Return the image as displayed, at least `side` pixels long if it is, or None."""
    if finding.verdict == "error":
        return None
    path = Path(finding.path)
    if finding.format == "JPEG" and (finding.width or 0) * (finding.height or 0) > _LARGE_JPEG:
        try:
            return _read_draft(path, side)
        except (OSError, SyntaxError, ValueError):
            return None
    try:
        return Image.fromarray(read_image(path, frame=finding.frame or 0).pixels)
    except ImageError:
        return None


def _read_draft(path: Path, side: int) -> Image.Image:
    """Decode a JPEG at 1/2, 1/4 or 1/8 of its size, no smaller than `side` pixels on both sides."""
    with path.open("rb") as file, JpegImageFile(file) as image:
        image.draft(None, (side, side))
        pixels, _ = to_rgb(image, read_orientation(image)[0])
    return Image.fromarray(pixels)


def _shrink(image: Image.Image, side: int) -> Image.Image:
    small = image.copy() if max(image.size) <= side else image
    if small is image:
        scale = side / max(image.size)
        size = tuple(max(1, round(length * scale)) for length in image.size)
        small = image.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small


def _heat(prob_map: ProbMap) -> str:
    """Return the probabilities as grey levels, 0 to 255."""
    levels = np.rint(_sample(prob_map, _HEAT_SIDE) * 255.0).astype(np.uint8)
    return _encode(Image.fromarray(levels), "WEBP", quality=82, method=2)


def _mask(prob_map: ProbMap, side: int) -> str:
    """Return the mask at the preview's size."""
    mask = _sample(prob_map, side) >= prob_map.threshold
    return _encode(Image.fromarray(mask), "PNG", optimize=True)


def _sample(prob_map: ProbMap, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the map with a longest side of at most `side`, float32 in [0, 1]."""
    height, width = prob_map.size_hw
    scale = min(1.0, side / max(height, width))
    rows, columns = prob_map.grid.shape
    stride = prob_map.stride
    sampled = Image.fromarray(prob_map.grid).resize(
        (max(1, round(width * scale)), max(1, round(height * scale))),
        Image.Resampling.BILINEAR,
        box=(0.0, 0.0, min(width / stride, columns), min(height / stride, rows)),
    )
    return np.clip(np.asarray(sampled, dtype=np.float32), 0.0, 1.0)


def _encode(image: Image.Image, kind: str, **options: int | bool) -> str:
    stream = BytesIO()
    image.save(stream, kind, **options)
    content = base64.b64encode(stream.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{content}"
