"""The overlay: heat colour over the photo, the mask's outline, the boxes, the verdict."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from inpaintscan.findings import Box, Finding, ProbMap
from inpaintscan.report.heat import heat_colours, heat_on_white, heat_opacity

_STRIP_ROWS = 256
_GREY_SHARE = 0.35
"""How far the photo loses its colours, so that the heat stands out."""
_LEGEND_ROOM = 240
"""Width in pixels from which a picture holds the legend of the heat."""
_LINE, _HALO, _TAG = (255, 255, 255), (20, 20, 24), (190, 24, 60)


def draw_overlay(
    pixels: NDArray[np.uint8], finding: Finding, *, from_map: bool = False
) -> Image.Image:
    """Return the picture of a finding: RGB, of the size of `pixels`, uint8 (H, W, 3).

    It agrees with the verdict: no heat on a clean image, a frame around a generated one. With
    `from_map` heat and outline are those of the map, whatever the verdict.
    """
    is_clean = finding.verdict == "clean" and not from_map
    heat = None if is_clean else finding.prob_map
    picture = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _STRIP_ROWS):
        rows = slice(top, min(top + _STRIP_ROWS, pixels.shape[0]))
        picture[rows] = _heated(pixels[rows], heat, rows)
    image = Image.fromarray(picture)
    width = max(2, round(min(image.size) / 240))
    mask = heat.mask if from_map and heat is not None else finding.mask
    if mask is not None and mask.any():
        _outline(image, mask, max(1, width // 2))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=max(12, round(min(image.size) / 26)))
    for region in reversed(finding.regions):  # the best one last, on top
        _draw_box(draw, region.box, width)
    for region in reversed(finding.regions):
        _draw_tag(draw, font, (region.box.xmin, region.box.ymin), f"{region.score:.2f}", _TAG)
    score = "" if finding.score is None else f" {finding.score:.2f}"
    _draw_tag(draw, font, (0, image.height), f"{finding.verdict}{score}", _HALO)
    if heat is not None:
        _draw_legend(image, draw)
    return image


def _heated(pixels: NDArray[np.uint8], prob_map: ProbMap | None, rows: slice) -> NDArray[np.uint8]:
    """Blend the heat of some rows over their pixels, uint8 (rows, W, 3)."""
    if prob_map is None:
        return pixels
    photo = pixels.astype(np.float32)
    probability = prob_map.rows(rows.start, rows.stop)
    grey = photo @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    photo += _GREY_SHARE * (grey[..., None] - photo)
    opacity = heat_opacity(probability)
    photo += opacity[..., None] * (heat_colours(probability) - photo)
    heated: NDArray[np.uint8] = np.clip(photo + 0.5, 0, 255).astype(np.uint8)
    return heated


def _draw_legend(image: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    """Draw the scale from 0 to 1 into the lower right corner, where there is room for it."""
    if image.width < _LEGEND_ROOM or image.height < _LEGEND_ROOM // 2:
        return
    height = max(11, round(min(image.size) / 36))
    font = ImageFont.load_default(size=height)
    length, digit = image.width // 6, math.ceil(font.getlength("0"))
    pad = max(3, height // 4)
    left = image.width - length - 2 * digit - 4 * pad
    top = image.height - height - 2 * pad
    draw.rectangle((left, top, image.width, image.height), fill=_HALO)
    steps = np.linspace(0.0, 1.0, length, dtype=np.float32)
    bar = np.broadcast_to(heat_on_white(steps), (height, length, 3))
    image.paste(Image.fromarray(np.ascontiguousarray(bar)), (left + digit + 2 * pad, top + pad))
    middle = top + pad + height / 2
    draw.text((left + pad, middle), "0", fill=_LINE, font=font, anchor="lm")
    draw.text((image.width - pad, middle), "1", fill=_LINE, font=font, anchor="rm")


def _outline(image: Image.Image, mask: NDArray[np.bool_], width: int) -> None:
    """Draw the border of the mask in white, in place; around a full one along the picture's."""
    if mask.all():
        corners = (0, 0, image.width - 1, image.height - 1)
        ImageDraw.Draw(image).rectangle(corners, outline=_LINE, width=2 * width)
        return
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
