"""The segments of a JPEG and the chunks of a PNG: where each stands in the file's bytes."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_MARKER = re.compile(rb"\xff+([^\xff\0])")
_SCAN = 0xDA
_BARE = {0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)}
"""The markers without a length behind them, as Pillow takes them."""


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


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk up to its end chunk; the content begins 8 later."""
    position, name = 8, b""
    while position + 8 <= len(data) and name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        end = min(position + 12 + length, len(data))
        yield name, position, end
        position = end
