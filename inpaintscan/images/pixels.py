"""Any Pillow image to uint8 RGB as displayed, strip by strip so that no second copy is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.images.depth import depth_note, used_bits

Convert: TypeAlias = Callable[[Image.Image], NDArray[np.uint8]]
Read: TypeAlias = Callable[[Image.Image], NDArray[Any]]

_Sample = TypeVar("_Sample", bound=np.generic)
_ON_WHITE = "transparency shown on white"
_SAMPLE_FORMAT, _PHOTOMETRIC, _WHITE_IS_ZERO = 0x0153, 0x0106, 0
_STRIP_PIXELS = 4 * 1024 * 1024
_STANDARD_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
"""The luminance quantisation table of ITU T.81, table K.1, which is quality 50."""


def to_rgb(image: Image.Image, orientation: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return a loaded image as uint8 (H, W, 3) RGB as displayed, and notes on what was done.

    `orientation` is the EXIF value 1 to 8. Memory beyond the result is one strip, so an image of
    100 megapixels costs 300 MB beside Pillow's own copy.

    Raises:
        ValueError: for a colour mode that has no conversion, or values that are not finite.
    """
    width, height = image.size
    notes: list[str] = []
    convert = _conversion(image, notes)
    shape = (width, height) if orientation >= 5 else (height, width)
    pixels = np.empty((*shape, 3), dtype=np.uint8)
    stored = as_stored(pixels, orientation)
    rows = max(1, _STRIP_PIXELS // width)
    if rows >= height:
        stored[:] = convert(image)
        return pixels, tuple(notes)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        stored[top:bottom] = convert(image.crop((0, top, width, bottom)))
    return pixels, tuple(notes)


def as_displayed(stored: NDArray[_Sample], orientation: int) -> NDArray[_Sample]:
    """Return a copy of stored samples, (h, w) or (h, w, channels), turned to be displayed."""
    height, width = stored.shape[:2]
    shape = (width, height) if orientation >= 5 else (height, width)
    displayed = np.empty((*shape, *stored.shape[2:]), dtype=stored.dtype)
    as_stored(displayed, orientation)[:] = stored
    return displayed


def as_stored(displayed: NDArray[_Sample], orientation: int) -> NDArray[_Sample]:
    """Return a view of `displayed`, (H, W) or (H, W, channels), with the axes of the stored image.

    Writing the stored rows into the view turns the image; no copy is made.
    """
    turned = displayed.swapaxes(0, 1)
    match orientation:
        case 2:  # mirrored
            return displayed[:, ::-1]
        case 3:  # upside down
            return displayed[::-1, ::-1]
        case 4:  # mirrored, upside down
            return displayed[::-1]
        case 5:  # transposed
            return turned
        case 6:  # turn clockwise to display
            return turned[::-1]
        case 7:  # transposed on the other diagonal
            return turned[::-1, ::-1]
        case 8:  # turn anticlockwise to display
            return turned[:, ::-1]
        case _:
            return displayed


def jpeg_quality(tables: dict[int, list[int]]) -> int:
    """Return the quality 1 to 100 whose scaled standard luminance table is as coarse as `tables`.

    The scaling is that of the Independent JPEG Group's encoder; other encoders land near it.
    """
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    standard = np.clip((_STANDARD_LUMA.ravel() * scale[:, None] + 50) // 100, 1, 255).sum(axis=1)
    return int(quality[np.argmin(np.abs(standard - sum(tables[min(tables)])))])


def _conversion(image: Image.Image, notes: list[str]) -> Convert:
    """Return the function that turns a strip of the image into uint8 (h, w, 3); it adds notes."""
    mode = image.mode
    if mode.startswith("I;16"):
        bits = used_bits(int(_extrema(image, np.asarray)[1]))
        notes.append(depth_note(bits))
        if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:  # 8 bits Pillow turns
            return lambda strip: ~_from_16_bit(strip, bits)
        return lambda strip: _from_16_bit(strip, bits)
    if mode in {"I", "F"}:
        read = _as_unsigned if _is_unsigned(image) else np.asarray
        low, high, note = _value_range(image, read)
        notes.append(note)
        return lambda strip: _from_values(read(strip), low, high)
    if "transparency" in image.info or mode in {"RGBA", "RGBa", "LA", "La", "PA"}:
        return lambda strip: _over_white(strip, notes)
    if mode == "CMYK":
        notes.append("CMYK converted to RGB")
    return _converted


def _converted(strip: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"), dtype=np.uint8)


def _over_white(strip: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """Blend with white, which changes nothing where the image is opaque."""
    rgba = np.asarray(strip if strip.mode == "RGBA" else strip.convert("RGBA"), dtype=np.uint8)
    alpha = rgba[..., 3:]
    if alpha.min() == 255:
        return rgba[..., :3]
    if _ON_WHITE not in notes:
        notes.append(_ON_WHITE)
    blended = rgba[..., :3].astype(np.uint16) * alpha + np.uint16(255) * (255 - alpha)
    return ((blended + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def _from_16_bit(strip: Image.Image, bits: int) -> NDArray[np.uint8]:
    grey = (np.asarray(strip) >> (bits - 8)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _value_range(image: Image.Image, read: Read) -> tuple[float, float, str]:
    """Return which values of an integer or float image are black and white, and a note.

    The range is the smallest usual one that holds all values: 1 (floats), 8 or 16 bits, else the
    image's own range.
    """
    low, high = _extrema(image, read)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("its values are not all finite numbers")
    usual = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    for white in usual:
        if low >= 0.0 and high <= white:
            return 0.0, white, f"values 0 to {white:g} reduced to 8 bits"
    return low, high, f"values {low:g} to {high:g} reduced to 8 bits"


def _extrema(image: Image.Image, read: Read) -> tuple[float, float]:
    """Return the lowest and the highest value of a grey image, in strips."""
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // width)
    tops = range(0, height, rows)
    strips = (image.crop((0, top, width, min(top + rows, height))) for top in tops)
    ends = [(values.min(), values.max()) for values in map(read, strips)]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))


def _is_unsigned(image: Image.Image) -> bool:
    """Tell whether the samples are unsigned ones of 32 bits, which Pillow takes for signed."""
    tags = getattr(image, "tag_v2", None)
    return image.mode == "I" and tags is not None and tags.get(_SAMPLE_FORMAT, (1,)) in {1, (1,)}


def _as_unsigned(strip: Image.Image) -> NDArray[np.uint32]:
    return np.asarray(strip).view(np.uint32)


def _from_values(samples: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    values = samples.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("its values are not all finite numbers")
    span = high - low or 1.0  # one value everywhere is black
    grey = np.rint((values - low) * 255.0 / span).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
