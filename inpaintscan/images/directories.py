"""How many pages a TIFF has, counted in one pass; Pillow's own count is quadratic."""

from __future__ import annotations

import struct

MOST_PAGES = 100_000
"""Pages that are counted; a file with more is said to have so many."""


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
