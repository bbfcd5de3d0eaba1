"""The markers of a JPEG file: how its pixels are coded, and whether it has an end."""

from __future__ import annotations

from dataclasses import dataclass

_LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF, 0xF7}
"""Frames of the lossless processes, and of JPEG-LS."""
_FRAMES = (set(range(0xC0, 0xD0)) | {0xF7}) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length."""


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
