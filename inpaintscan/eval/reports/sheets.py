"""Contact sheets: the images a model was most wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inpaintscan.data.samples import read_mask
from inpaintscan.errors import DataError, ImageError
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.images import read_image

_SIDE = 180
_GAP = 14
_CAPTION = 34
_TOP = 46
_EMPTY = "#f0f2f4"
_FONT = ImageFont.load_default(12)
COLUMNS = 6


def worst_false_alarms(results: Sequence[ImageResult], count: int = 24) -> list[ImageResult]:
    """Return the clean images with the highest scores, highest first."""
    clean = [one for one in results if one.error is None and one.sample.label == "clean"]
    return sorted(clean, key=lambda one: (-one.score, str(one.sample.image)))[:count]


def worst_misses(results: Sequence[ImageResult], count: int = 24) -> list[ImageResult]:
    """Return the manipulated images with the lowest scores, lowest first."""
    manipulated = [one for one in results if one.error is None and one.sample.manipulated]
    return sorted(manipulated, key=lambda one: (one.score, str(one.sample.image)))[:count]


def contact_sheet(results: Sequence[ImageResult], title: str) -> bytes:
    """Return thumbnails with captions as a PNG file; the true mask is outlined in magenta."""
    lines = max(1, -(-len(results) // COLUMNS))
    width = _GAP + COLUMNS * (_SIDE + _GAP)
    sheet = Image.new("RGB", (width, _TOP + lines * (_SIDE + _CAPTION + _GAP)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 14), title, "black", ImageFont.load_default(16))
    for number, one in enumerate(results):
        x = _GAP + number % COLUMNS * (_SIDE + _GAP)
        y = _TOP + number // COLUMNS * (_SIDE + _CAPTION + _GAP)
        draw.rectangle((x, y, x + _SIDE - 1, y + _SIDE - 1), _EMPTY)
        picture = _thumbnail(one)
        sheet.paste(picture, (x + (_SIDE - picture.width) // 2, y + (_SIDE - picture.height) // 2))
        draw.text((x, y + _SIDE + 3), f"{one.score:.3f} {one.verdict}", "black", _FONT)
        draw.text((x, y + _SIDE + 18), _shortened(one.sample.image), "#57606a", _FONT)
    buffer = BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _thumbnail(result: ImageResult) -> Image.Image:
    try:
        image = Image.fromarray(read_image(result.sample.image).pixels)
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        if result.sample.mask is None:
            return image
        mask = Image.fromarray(read_mask(result.sample).astype(np.uint8) * 255)
    except (ImageError, DataError):
        return Image.new("RGB", (_SIDE, _SIDE), _EMPTY)
    inside = np.asarray(mask.resize(image.size, Image.Resampling.BOX)) >= 128
    padded = np.pad(inside, 1, mode="edge")
    core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    pixels = np.array(image)
    pixels[inside & ~core] = (255, 0, 200)
    return Image.fromarray(pixels)


def _shortened(path: Path) -> str:
    name = path.name
    while _FONT.getlength(name) > _SIDE and len(name) > 4:
        name = f"…{name[2:]}" if name.startswith("…") else f"…{name[1:]}"
    return name
