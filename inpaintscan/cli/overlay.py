"""The overlay: heat colour over the photo, the mask's outline, the boxes, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inpaintscan.findings import Box, Finding, ProbMap

_STRIP_ROWS = 256
_RAMP = np.array([[255, 214, 70], [255, 150, 30], [240, 70, 40], [200, 20, 110]], dtype=np.float32)
"""Heat from faint to strong, RGB: yellow, orange, red, magenta."""
_STRONGEST = 0.68
"""Opacity of the heat at probability 1."""
_GREY_SHARE = 0.35
"""How far the photo loses its colours, so that the heat stands out."""
_LINE, _HALO, _TAG = (255, 255, 255), (20, 20, 24), (190, 24, 60)


def draw_overlay(pixels: NDArray[np.uint8], finding: Finding) -> Image.Image:
    """Return the picture of a finding: RGB, of the size of `pixels`, uint8 (H, W, 3)."""
    picture = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _STRIP_ROWS):
        rows = slice(top, min(top + _STRIP_ROWS, pixels.shape[0]))
        picture[rows] = _heated(pixels[rows], finding.prob_map, rows)
    image = Image.fromarray(picture)
    width = max(2, round(min(image.size) / 240))
    if finding.regions and finding.mask is not None:
        _outline(image, finding.mask, max(1, width // 2))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=max(12, round(min(image.size) / 26)))
    for region in reversed(finding.regions):  # the best one last, on top
        _draw_box(draw, region.box, width)
    for region in reversed(finding.regions):
        _draw_tag(draw, font, (region.box.xmin, region.box.ymin), f"{region.score:.2f}", _TAG)
    score = "" if finding.score is None else f" {finding.score:.2f}"
    _draw_tag(draw, font, (0, image.height), f"{finding.verdict}{score}", _HALO)
    return image


def _heated(pixels: NDArray[np.uint8], prob_map: ProbMap | None, rows: slice) -> NDArray[np.uint8]:
    """Blend the heat of some rows over their pixels, uint8 (rows, W, 3)."""
    photo = pixels.astype(np.float32)
    if prob_map is None:
        return pixels
    probability = prob_map.rows(rows.start, rows.stop)
    grey = photo @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    photo += _GREY_SHARE * (grey[..., None] - photo)
    opacity = np.clip((probability - 0.1) / 0.7, 0.0, 1.0)
    opacity = _STRONGEST * opacity * opacity * (3.0 - 2.0 * opacity)
    photo += opacity[..., None] * (_heat_colours(probability) - photo)
    heated: NDArray[np.uint8] = np.clip(photo + 0.5, 0, 255).astype(np.uint8)
    return heated


def _heat_colours(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the ramp's colours, float32 (rows, W, 3)."""
    steps = np.linspace(0.2, 1.0, len(_RAMP))
    channels = [np.interp(probability, steps, _RAMP[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _outline(image: Image.Image, mask: NDArray[np.bool_], width: int) -> None:
    """Draw the border of the mask in white, in place."""
    filled = Image.fromarray(mask.astype(np.uint8) * 255)
    grown = filled.filter(ImageFilter.MaxFilter(2 * width + 1))
    image.paste(_LINE, mask=ImageChops.subtract(grown, filled))


def _draw_box(draw: ImageDraw.ImageDraw, box: Box, width: int) -> None:
    corners = (box.xmin, box.ymin, box.xmax - 1, box.ymax - 1)
    draw.rectangle(corners, outline=_HALO, width=width + 2)
    draw.rectangle(corners, outline=_TAG, width=width)


def _draw_tag(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    corner_xy: tuple[int, int],
    text: str,
    colour: tuple[int, int, int],
) -> None:
    """Draw white text on colour, above a corner, moved inside the image where it would leave it."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    pad = max(2, round((bottom - top) / 4))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    image_width, image_height = draw.im.size
    x = max(0, min(corner_xy[0], image_width - width))
    y = max(0, min(corner_xy[1] - height, image_height - height))
    draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
    draw.text((x + pad - left, y + pad - top), text, fill=_LINE, font=font)
