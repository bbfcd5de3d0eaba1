"""Colour pictures of 16 bits a sample, of which Pillow hands out the upper eight bits alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from PIL import ImageFile as PillowFile

from inpaintscan.errors import ImageError

_SHORT_DEPTHS = (8, 10, 12, 14)
"""Bits that cameras and scanners keep in samples of 16."""
_OTHER_ORDER = {
    ";16L": ";16B",
    ";16B": ";16L",
    ";16N": ";16B" if sys.byteorder == "little" else ";16L",
}
_STRIP_ROWS = 256
_AVIF_HEAD = 65_536
"""Bytes of an AVIF file in which its configuration is looked for."""
_HIGH, _TWELVE = 0x40, 0x20
"""Bits of the third byte of that configuration (AV1 in ISOBMFF, 2.3.3)."""


def used_bits(highest: int) -> int:
    """Return how many bits samples of 16 use: 8, 10, 12 or 14 where all fit, else 16."""
    return next((bits for bits in _SHORT_DEPTHS if 0 < highest < 1 << bits), 16)


def depth_note(bits: int) -> str:
    """Return what to say of samples of 16 bits of which only the lower `bits` are used."""
    note = "16 bits a sample reduced to 8"
    return note if bits == 16 else f"{note}: only {bits} of them are used, brightened to full range"


def coded_note(image: PillowFile.ImageFile, data: bytes) -> tuple[str, ...]:
    """Return what to say of AVIF and HEIC of 10 or 12 bits, which are decoded to 8."""
    bits = image.info.get("bit_depth", 8)
    place = data.find(b"av1C", 0, _AVIF_HEAD)
    if image.format == "AVIF" and 0 <= place < len(data) - 6:
        flags = data[place + 6]
        bits = 8 if not flags & _HIGH else 12 if flags & _TWELVE else 10
    if not isinstance(bits, int) or bits <= 8 or image.mode not in {"RGB", "RGBA", "L", "LA"}:
        return ()
    return (f"{bits} bits a sample reduced to 8",)


def is_deep(image: PillowFile.ImageFile) -> bool:
    """Tell whether a colour image, not yet loaded, has 16 bits a sample.

    Raises:
        ImageError: for colours in planes of 16 bits, which Pillow takes for planes of 8.
    """
    deep = image.mode in {"RGB", "RGBA"} and any(
        order in _raw_mode(tile.args) for tile in image.tile for order in _OTHER_ORDER
    )
    tags = getattr(image, "tag_v2", None)
    if tags is not None and not deep and image.mode in {"RGB", "RGBA", "CMYK"}:
        bits = tags.get(0x0102, 8)
        if max(bits if isinstance(bits, tuple) else (bits,)) > 8 and tags.get(0x011C) == 2:
            raise ImageError("colours in planes of 16 bits are not read; save it as PNG")
    return deep


def brighten(
    image: PillowFile.ImageFile, reopen: Callable[[], PillowFile.ImageFile]
) -> tuple[Image.Image, int]:
    """Return a loaded image of 16 bits a sample, stretched to full range, and the bits it uses.

    Read with the other order of bytes, Pillow hands out the lower eight bits, so nothing is lost.

    Raises:
        ImageError: if it has too few bits for 8, and an order of bytes that Pillow has but once.
    """
    bands = image.getextrema()[:3]
    highest = max(int(high) for _, high in bands)  # type: ignore[misc]
    bits = used_bits(highest << 8 | 255)
    if bits == 16:
        return image, bits
    low = reopen()
    low.tile = [tile._replace(args=_swapped(tile.args)) for tile in low.tile]
    try:
        low.load()
    except ValueError as error:
        raise ImageError(
            f"grey with transparency of {bits} bits in 16 is not read: save it without transparency"
        ) from error
    stretched, lower = np.array(image), np.asarray(low)
    for top in range(0, len(stretched), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        samples = stretched[rows, :, :3].astype(np.uint16) << 8 | lower[rows, :, :3]
        stretched[rows, :, :3] = samples >> (bits - 8)
    return Image.fromarray(stretched), bits


def _raw_mode(arguments: tuple[Any, ...] | str | None) -> str:
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _swapped(arguments: tuple[Any, ...] | str | None) -> tuple[Any, ...] | str:
    """Return a decoder's arguments with the order of bytes in its raw mode changed."""
    first = _raw_mode(arguments)
    for order, other in _OTHER_ORDER.items():
        if order in first:
            first = first.replace(order, other)
            break
    return (first, *arguments[1:]) if isinstance(arguments, tuple) else first
