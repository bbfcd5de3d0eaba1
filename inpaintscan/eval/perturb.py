"""What happens to images on their way: re-encoding, resizing, blur, noise, screenshots."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inpaintscan.errors import UsageError

Pixels = NDArray[np.uint8]
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

    def encode(self, pixels: Pixels, seed: str) -> tuple[bytes, str]:
        """Return the changed image as the bytes of a file and that file's ending.

        `pixels` is uint8 (H, W, 3) RGB. `seed` (the image's name) fixes the noise.
        """
        kind = KINDS[self.name]
        image = kind.change(Image.fromarray(pixels), self.level or 0.0, zlib.crc32(seed.encode()))
        buffer = io.BytesIO()
        quality = {"quality": round(self.level or 0)} if kind.file_format != "PNG" else {}
        image.save(buffer, kind.file_format, **(quality or {"compress_level": 1}))
        return buffer.getvalue(), f".{kind.file_format.lower()}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A change, the strengths it takes (None: it takes none), and the file it is kept in."""

    change: Callable[[Image.Image, float, int], Image.Image]
    low: float | None
    high: float | None
    file_format: str = "PNG"


def _same(image: Image.Image, level: float, seed: int) -> Image.Image:
    return image


def _scaled(image: Image.Image, factor: float, resample: Image.Resampling) -> Image.Image:
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), resample)


def _resize(image: Image.Image, level: float, seed: int) -> Image.Image:
    return _scaled(image, level, Image.Resampling.BICUBIC)


def _blur(image: Image.Image, level: float, seed: int) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(level))


def _noise(image: Image.Image, level: float, seed: int) -> Image.Image:
    pixels = np.asarray(image, dtype=np.float32)
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, dtype=np.float32)
    return Image.fromarray((pixels + level * noise).round().clip(0, 255).astype(np.uint8))


def _screenshot(image: Image.Image, level: float, seed: int) -> Image.Image:
    """Show at a screen's scale, as a viewer does: bilinear, then lightly sharpened."""
    shown = _scaled(image, _SCREEN_SCALE, Image.Resampling.BILINEAR)
    return shown.filter(ImageFilter.UnsharpMask(radius=1, percent=30, threshold=0))


KINDS: dict[str, Kind] = {
    "jpeg": Kind(_same, 1, 100, "JPEG"),
    "webp": Kind(_same, 1, 100, "WEBP"),
    "resize": Kind(_resize, 0.05, 4),
    "blur": Kind(_blur, 0.1, 20),
    "noise": Kind(_noise, 0.1, 100),
    "screenshot": Kind(_screenshot, None, None),
}
"""Quality for `jpeg` and `webp`, factor of the sides for `resize`, sigma in pixels for `blur` and
in grey levels for `noise`."""


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
            "blur:SIGMA, noise:SIGMA (or LOW..HIGH) or screenshot"
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
        raise UsageError(f"--perturb {term}: its strength is no number") from error
    if high is None:
        return [first]
    return [round(float(level), 3) for level in np.linspace(first, last, RANGE_POINTS)]
