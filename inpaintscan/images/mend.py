"""Damage that browsers forgive: what it is, and the bytes without it."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from inpaintscan.images.structure import jpeg_segments, png_chunks

MOST_MISSING = 0.25
"""A JPEG that lacks a larger share of its rows is no picture any more."""
END_OF_IMAGE = b"\xff\xd9"
CUT_OFF = "the file is cut off at its end"

_FILLING = 128
"""The grey that libjpeg puts where the data has ended."""
_NEEDED = {b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT"}
"""The ancillary chunks that change what is shown."""
_UNCHECKED = {b"IDAT", b"IEND"}
"""The critical chunks whose checksum Pillow does not look at."""
_EMPTY_CHUNK = 12
"""Bytes of a chunk that holds nothing, as the last one does."""
_MOST_NAMED = 4
"""Damaged kinds of chunks that are named; a file may have hundreds of thousands."""
_XMP = b"iTXtXML:com.adobe.xmp\0\0"
"""How the chunk begins that holds XMP, not compressed."""
_MOST_XMP = 1024 * 1024


def needed_chunks(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a PNG with the chunks alone that change what is shown, and what of it is damaged.

    No text, however long or broken, then keeps the pixels from being read; the first XMP alone is
    kept, which may tell of a turn. An ancillary chunk with a wrong checksum is left out, as
    browsers do, and named; so is what is wrong with the pixels' own chunks, which stay.
    """
    kept = [data[:8]]
    damaged: dict[str, None] = {}
    unsound: set[bytes] = set()
    has_xmp, name, start, end = False, b"", 0, 0
    for name, start, end in png_chunks(data):
        is_ancillary, is_sound = bool(name[0] & 0x20), _is_sound(data, start, end)
        if is_ancillary and not is_sound:
            unsound.add(name)
            if len(unsound) <= _MOST_NAMED:
                damaged[f"wrong checksum in {name.decode('latin-1')!r}, which is left out"] = None
        elif not is_ancillary or name in _NEEDED:
            kept.append(data[start:end])
        elif not has_xmp and end - start <= _MOST_XMP and data.startswith(_XMP, start + 4):
            has_xmp = True
            kept.append(data[start:end])
        if name in _UNCHECKED and not is_sound and end - start >= _EMPTY_CHUNK:
            damaged[f"wrong checksum in {name.decode()!r}"] = None
    if len(unsound) > _MOST_NAMED:
        damaged[f"wrong checksums in {len(unsound) - _MOST_NAMED:,} other kinds of chunks"] = None
    if name != b"IEND" or end - start < _EMPTY_CHUNK:
        damaged[CUT_OFF] = None
    return b"".join(kept), tuple(damaged)


def first_exif(data: bytes) -> bytes:
    """Return a JPEG with the first of its EXIF segments alone.

    Pillow joins them one by one, which takes minutes for 60 MB of them.
    """
    kept: list[bytes] = []
    seen, position = False, 0
    for marker, start, end in jpeg_segments(data):
        if marker == 0xE1 and data.startswith(b"Exif\0\0", start):
            if seen:
                kept.append(data[position : start - 4])
                position = end
            seen = True
    return b"".join([*kept, data[position:]]) if kept else data


def missing_rows(pixels: NDArray[np.uint8]) -> float:
    """Return the share of rows at the lower end that are nothing but filling, (H, W, 3)."""
    height: int = pixels.shape[0]
    row = height
    while row and bool((pixels[row - 1] == _FILLING).all()):
        row -= 1
    return (height - row) / height


def _is_sound(data: bytes, start: int, end: int) -> bool:
    """Tell whether the checksum of a chunk is right; it covers the name and the content."""
    (length,) = struct.unpack_from(">I", data, start)
    checksum = data[end - 4 : end]
    whole = end - start == 12 + length
    covered = memoryview(data)[start + 4 : end - 4]
    return whole and zlib.crc32(covered) == int.from_bytes(checksum, "big")
