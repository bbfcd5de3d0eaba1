"""The pictures inside the page: thumbnails, previews, heatmaps and masks, as data addresses."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.findings import WHOLE_MASKS, Finding, ProbMap, Verdict
from inpaintscan.images.opened import DECODING_ERRORS
from inpaintscan.images.read import PixelsAgain
from inpaintscan.report.heat import heat_picture

THUMBNAIL_SIDE = 176
"""Longest side in pixels: twice what the list shows, for fine screens."""
_HEAT_SIDE = 320
_HEAT_LEVELS = 64
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
    again: PixelsAgain = field(default_factory=PixelsAgain)

    def render(self, finding: Finding) -> tuple[str | None, dict[str, str]]:
        """Return the thumbnail, and `preview`, `heat` and `mask` as far as they can be made.

        They are made of the bytes that were scanned. Where that fails the thumbnail is None, and a
        `note` says why: no picture is worth a record.
        """
        pictures: dict[str, str] = {}
        try:
            return self._render(finding, pictures), pictures
        except (*DECODING_ERRORS, ImageError) as error:
            reason = str(error) or type(error).__name__
            return None, pictures | {"note": f"There is no picture: {reason}."}

    def _render(self, finding: Finding, pictures: dict[str, str]) -> str | None:
        """Add the larger pictures to `pictures`, and return the thumbnail."""
        side = self._preview_side(finding)
        if finding.prob_map is not None:
            pictures["heat"] = _heat(finding.prob_map)
            pictures["mask"] = _mask(finding.verdict, finding.prob_map, side or THUMBNAIL_SIDE)
        image = _read_small(self.again, finding, max(side, THUMBNAIL_SIDE))
        if image is None:
            return None
        if side:
            preview = to_data_address(_shrink(image, side), "WEBP", quality=74, method=2)
            self.used += len(preview)
            pictures["preview"] = preview
        return to_data_address(_shrink(image, THUMBNAIL_SIDE), "WEBP", quality=68, method=2)

    def _preview_side(self, finding: Finding) -> int:
        sides = [side for limit, side in PREVIEW_TIERS if self.used < limit * _MEBIBYTE]
        if finding.verdict == "clean":
            sides = sides[1:]
        return sides[0] if sides else 0


def _read_small(again: PixelsAgain, finding: Finding, side: int) -> Image.Image | None:
    """Return the image as displayed, at least `side` pixels long if it is.

    None for an error, and where the file's bytes were not kept.

    Raises:
        ImageError: if it cannot be decoded again.
    """
    if finding.verdict == "error" or finding.content is None:
        return None
    large = finding.format == "JPEG" and (finding.width or 0) * (finding.height or 0) > _LARGE_JPEG
    return Image.fromarray(again.read(finding, least_side=side if large else None))


def _shrink(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    width, height = (max(1, round(length * side / max(image.size))) for length in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _heat(prob_map: ProbMap) -> str:
    """Return the heat as a layer to lay over the photo, in the colours of overlays.

    No finer than the map's grid: the browser smooths it.
    """
    side = min(_HEAT_SIDE, max(prob_map.grid.shape))
    levels = np.rint(_sample(prob_map, side) * (_HEAT_LEVELS - 1)).astype(np.uint8)
    image = Image.frombytes("P", levels.shape[::-1], levels.tobytes())
    scale = heat_picture(np.linspace(0.0, 1.0, _HEAT_LEVELS, dtype=np.float32)[None])[0]
    image.putpalette(scale[:, :3].tobytes())
    return to_data_address(image, "PNG", transparency=scale[:, 3].tobytes())


def _mask(verdict: Verdict, prob_map: ProbMap, side: int) -> str:
    """Return the mask, as it agrees with the verdict, at the preview's size."""
    mask = _sample(prob_map, side) >= prob_map.threshold
    if verdict in WHOLE_MASKS:
        mask[:] = WHOLE_MASKS[verdict]
    return to_data_address(Image.fromarray(mask), "PNG", optimize=True)


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


def to_data_address(image: Image.Image, kind: str, **options: int | bytes) -> str:
    """Return a picture as text that can stand in a page: `data:image/KIND;base64,...`."""
    stream = BytesIO()
    image.save(stream, kind, **options)
    content = base64.b64encode(stream.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{content}"
