"""Contact sheets: small pictures in rows, each with two lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inpaintscan.data.samples import Sample, read_mask, resize_mask
from inpaintscan.errors import DataError, ImageError
from inpaintscan.images import read_image

COLUMNS = 6
_SIDE = 180
_GAP = 14
_CAPTION = 34
_TOP = 46
_EMPTY = "#f0f2f4"
_OUTLINE = (255, 0, 200)
_FONT, _TITLE_FONT = ImageFont.load_default(12), ImageFont.load_default(16)


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture, None where it cannot be shown, and what is written below it.

    The texts are as `show_path` gives them: one line each, no bytes that are no Unicode.
    """

    picture: Image.Image | None
    heading: str
    name: str
    """Of a file; its end is shown if it is too long."""


def draw_sheet(cells: Sequence[Cell], title: str) -> Image.Image:
    """Return the cells in lines of six below a title."""
    lines = max(1, -(-len(cells) // COLUMNS))
    width = _GAP + COLUMNS * (_SIDE + _GAP)
    sheet = Image.new("RGB", (width, _TOP + lines * (_SIDE + _CAPTION + _GAP)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 14), _fitted(title, _TITLE_FONT, width - 2 * _GAP), "black", _TITLE_FONT)
    for number, cell in enumerate(cells):
        x = _GAP + number % COLUMNS * (_SIDE + _GAP)
        y = _TOP + number // COLUMNS * (_SIDE + _CAPTION + _GAP)
        draw.rectangle((x, y, x + _SIDE - 1, y + _SIDE - 1), _EMPTY)
        if (picture := cell.picture) is not None:
            left, top = (_SIDE - picture.width) // 2, (_SIDE - picture.height) // 2
            sheet.paste(picture, (x + left, y + top))
        draw.text((x, y + _SIDE + 3), _fitted(cell.heading, _FONT, _SIDE), "black", _FONT)
        draw.text((x, y + _SIDE + 18), _fitted(cell.name, _FONT, _SIDE), "#57606a", _FONT)
    return sheet


def thumbnail(sample: Sample) -> Image.Image | None:
    """Return a small picture of a sample, its mask outlined in magenta; None if unreadable."""
    try:
        image = small_picture(read_image(sample.image).pixels)
        if sample.mask is None:
            return image
        inside = resize_mask(read_mask(sample), image.size[::-1])
    except (ImageError, DataError):
        return None
    padded = np.pad(inside, 1, mode="edge")
    core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    pixels = np.array(image)
    pixels[inside & ~core] = _OUTLINE
    return Image.fromarray(pixels)


def small_picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return pixels, uint8 (H, W, 3) or (H, W), made small enough for a cell."""
    image = Image.fromarray(pixels)
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return image


def _fitted(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return a line that fits a width, cut at its start."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"…{text}") > width:
        text = text[1:]
    return f"…{text}"
