"""How files are built: the segments and markers of JPEG, the chunks of PNG, the pages of TIFF."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PAGES = 100_000
"""Pages that are counted; a file with more is said to have so many."""
_MARKER = re.compile(rb"\xff([^\xff\0])")
"""The end of a marker. Any number of 0xff may stand before it: a pattern that took them in would
try each of them, and run to the last one each time."""
_BARE = {0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)}
"""The markers without a length behind them, as Pillow takes them."""
_LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF, 0xF7}
"""Frames of the lossless processes, and of JPEG-LS."""
_FRAMES = (set(range(0xC0, 0xD0)) | {0xF7}) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length."""


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the content of each segment up to the first scan.

    What stands between two segments is stepped over, as Pillow does.
    """
    position = 2
    while (found := _MARKER.search(data, position)) is not None:
        marker, start = found[1][0], found.end() + 2
        if marker == _SCAN or start > len(data):
            return
        position = found.end()
        if marker not in _BARE:
            position = max(start, found.end() + int.from_bytes(data[start - 2 : start], "big"))
            yield marker, start, min(position, len(data))


@dataclass(frozen=True, slots=True)
class JpegMarkers:
    """What the markers say: why such a JPEG is not read, if so, and whether there is an end."""

    unread: str | None = None
    has_end: bool = False


def read_markers(data: bytes) -> JpegMarkers:
    """Return what the markers of the first picture in a file say, as far as they are sound."""
    unread, position = None, 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # filling
            position += 1
        elif marker in _ALONE:
            position += 2
        elif marker == _SCAN:  # 0xFF in the samples is followed by 0, so this is a marker
            return JpegMarkers(unread, data.find(bytes((0xFF, _END)), position) >= 0)
        else:
            if marker in _FRAMES:
                unread = unread or _why_not(marker, data[position + 4 : position + 5])
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return JpegMarkers(unread)


def _why_not(frame: int, precision: bytes) -> str | None:
    if frame in _LOSSLESS:
        return "lossless JPEG is not read: convert it to PNG"
    if precision and precision[0] != 8:
        return f"JPEG of {precision[0]} bits a sample is not read: convert it to PNG"
    return None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk up to its end chunk; the content begins 8 later."""
    position, name = 8, b""
    while position + 8 <= len(data) and name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        end = min(position + 12 + length, len(data))
        yield name, position, end
        position = end


def count_pages(data: bytes) -> int:
    """Return the length of the chain of image directories, at least 1; a loop or damage ends it."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return 1
    big = data[2:4] in {b"+\0", b"\0+"}
    count_format, next_format = (f"{order}Q", f"{order}Q") if big else (f"{order}H", f"{order}I")
    entry, count_size = (20, 8) if big else (12, 2)
    seen: set[int] = set()
    try:
        (position,) = struct.unpack_from(next_format, data, 8 if big else 4)
        while position and position not in seen and len(seen) < MOST_PAGES:
            (entries,) = struct.unpack_from(count_format, data, position)
            seen.add(position)
            (position,) = struct.unpack_from(
                next_format, data, position + count_size + entries * entry
            )
    except (struct.error, OverflowError):
        pass
    return max(1, len(seen))
