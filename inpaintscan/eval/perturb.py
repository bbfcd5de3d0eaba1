"""What happens to images and is no forgery: re-encoding, resizing, finishing touches."""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inpaintscan.data import edits
from inpaintscan.data.windows import Pixels
from inpaintscan.errors import ImageError, UsageError
from inpaintscan.findings import Box

RANGE_POINTS = 6
_SCREEN_SCALE = 0.8
_TERM = re.compile(r"^(?P<name>[a-z]+)(:(?P<low>[0-9.]+?)(\.\.(?P<high>[0-9.]+))?)?$")


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One change at one strength."""

    name: str
    level: float | None = None

    @property
    def label(self) -> str:
        """The change as it is written on the command line, such as `jpeg:75`."""
        return self.name if self.level is None else f"{self.name}:{self.level:g}"

    def encode(self, pixels: Pixels, seed: str) -> bytes:
        """Return the changed image as the bytes of a file.

        `pixels` is uint8 (H, W, 3) RGB. `seed` (the image's name) fixes the noise.

        Raises:
            ImageError: if the format does not take an image of that size.
        """
        kind = KINDS[self.name]
        noise_seed = zlib.crc32(os.fsencode(seed))
        image = kind.change(Image.fromarray(pixels), self.level or 0.0, noise_seed)
        buffer = io.BytesIO()
        quality = {"quality": round(self.level or 0)} if kind.file_format != "PNG" else {}
        try:
            image.save(buffer, kind.file_format, **(quality or {"compress_level": 1}))
        except (OSError, ValueError) as error:
            size = f"{image.width} x {image.height} pixels"
            raise ImageError(f"{self.label}: no {kind.file_format} of {size}: {error}") from error
        return buffer.getvalue()

    @property
    def cuts(self) -> bool:
        """Whether only a `window` of the image is left."""
        return self.name == "crop"

    def window(self, size_hw: tuple[int, int]) -> Box:
        """Return the part of an image (height, width) that is left."""
        height, width = size_hw
        return _middle((width, height), self.level if self.cuts and self.level else 1.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A change, the strengths it takes (None: it takes none), and the file it is kept in."""

    change: Callable[[Image.Image, float, int], Image.Image]
    low: float | None
    high: float | None
    file_format: str = "PNG"


def _screenshot(image: Image.Image, level: float, seed: int) -> Image.Image:
    """Show at a screen's scale, as a viewer does: bilinear, then lightly sharpened."""
    shown = edits.scale(image, _SCREEN_SCALE, Image.Resampling.BILINEAR)
    return edits.sharpen(shown, radius=1, percent=30)


def _middle(size_wh: tuple[int, int], share: float) -> Box:
    width, height = (max(1, round(side * share)) for side in size_wh)
    left, top = (size_wh[0] - width) // 2, (size_wh[1] - height) // 2
    return Box(left, top, left + width, top + height)


def _crop(image: Image.Image, level: float, seed: int) -> Image.Image:
    box = _middle(image.size, level)
    return image.crop((box.xmin, box.ymin, box.xmax, box.ymax))


def _caption(image: Image.Image, level: float, seed: int) -> Image.Image:
    """Put a line of text and a logo into the lower right corner, as news sites do."""
    captioned = image.copy()
    pen = ImageDraw.Draw(captioned)
    width, height = image.size
    size = max(10, min(width, height) // 16)
    font = ImageFont.load_default(size)
    place = (width - size // 2, height - size // 2)
    text = "Photo: agency / 2026"
    left, top, _, bottom = pen.textbbox(place, text, font=font, anchor="rs")
    pen.text(place, text, (255, 255, 255), font, "rs", stroke_width=1, stroke_fill=(0, 0, 0))
    pen.ellipse((left - 2 * size, top, left - 2 * size + bottom - top, bottom), (200, 30, 30))
    return captioned


def _vignette(image: Image.Image, level: float, seed: int) -> Image.Image:
    """Darken towards the corners, which lose `level` of their light."""
    width, height = image.size
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
    light = 1 - level * (across**2 + down**2) / 2
    return edits.rounded(np.asarray(image) * light[..., None])


def _tone(image: Image.Image, level: float, seed: int) -> Image.Image:
    """Flatten large contrasts and lift small ones: the look of one-button HDR."""
    base = np.asarray(edits.blur(image, max(image.size) / 40), np.float32)
    detail = np.asarray(image, np.float32) - base
    return edits.rounded(128 + (1 - 0.4 * level) * (base - 128) + (1 + 0.6 * level) * detail)


KINDS: dict[str, Kind] = {
    "jpeg": Kind(lambda image, _, __: image, 1, 100, "JPEG"),
    "webp": Kind(lambda image, _, __: image, 1, 100, "WEBP"),
    "resize": Kind(
        lambda image, level, _: edits.scale(image, level, Image.Resampling.BICUBIC), 0.05, 4
    ),
    "blur": Kind(lambda image, level, _: edits.blur(image, level), 0.1, 20),
    "noise": Kind(edits.noise, 0.1, 100),
    "screenshot": Kind(_screenshot, None, None),
    "crop": Kind(_crop, 0.1, 1),
    "sharpen": Kind(
        lambda image, level, _: edits.sharpen(image, radius=1, percent=round(100 * level)), 0.05, 5
    ),
    "median": Kind(lambda image, level, _: edits.median(image, 2 * (round(level) // 2) + 1), 3, 9),
    "grey": Kind(lambda image, _, __: edits.grey(image), None, None),
    "caption": Kind(_caption, None, None),
    "vignette": Kind(_vignette, 0.05, 1),
    "tone": Kind(_tone, 0.05, 1),
}
"""Quality for `jpeg` and `webp`, factor of the sides for `resize` and `crop`, sigma in pixels for
`blur` and in grey levels for `noise`, side of the window in pixels for `median`; 1 is a usual
amount of `sharpen` and the most of `vignette` and `tone`."""


def parse_perturbations(text: str) -> list[Perturbation]:
    """Parse `jpeg:50..100,webp:80,resize:0.5,blur:1,noise:4,screenshot`.

    `low..high` means six strengths from low to high.

    Raises:
        UsageError: if a term is not known or its strength out of range.
    """
    return [one for term in text.split(",") if term.strip() for one in _parse_term(term.strip())]


def _parse_term(term: str) -> list[Perturbation]:
    match = _TERM.match(term)
    if match is None or match["name"] not in KINDS:
        raise UsageError(
            f"--perturb {term}: not known; give jpeg:QUALITY, webp:QUALITY, resize:FACTOR, "
            "crop:FACTOR, blur:SIGMA, noise:SIGMA, median:PIXELS, sharpen:AMOUNT, vignette:AMOUNT, "
            "tone:AMOUNT (or LOW..HIGH), grey, caption or screenshot"
        )
    kind = KINDS[match["name"]]
    if kind.low is None or kind.high is None:
        if match["low"]:
            raise UsageError(f"--perturb {term}: {match['name']} takes no strength")
        return [Perturbation(match["name"])]
    levels = _levels(term, match["low"], match["high"])
    if not all(kind.low <= level <= kind.high for level in levels):
        raise UsageError(f"--perturb {term}: strength must be from {kind.low:g} to {kind.high:g}")
    return [Perturbation(match["name"], level) for level in levels]


def _levels(term: str, low: str | None, high: str | None) -> list[float]:
    try:
        first = float(low or "")
        last = first if high is None else float(high)
    except ValueError as error:
        raise UsageError(f"--perturb {term}: its strength is not a number") from error
    if high is None:
        return [first]
    return [round(float(level), 3) for level in np.linspace(first, last, RANGE_POINTS)]
