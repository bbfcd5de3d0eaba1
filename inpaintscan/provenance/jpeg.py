"""JPEG: the application segments before the first scan."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from inpaintscan.images.structure import jpeg_segments
from inpaintscan.provenance.blocks import (
    BLOCK_LIMIT,
    MANIFEST_LIMIT,
    STEP_LIMIT,
    Block,
    text_block,
    until_damage,
)
from inpaintscan.provenance.tiff import exif_blocks

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENSION_HEAD = len(_XMP_EXTENSION) + 40
_PHOTOSHOP = b"Photoshop 3.0\0"
_IIM_RESOURCE = 0x0404


def jpeg_blocks(file: BytesIO) -> Iterator[Block]:
    """Yield EXIF and XMP (APP1), C2PA (APP11), IPTC records (APP13) and comments of a JPEG.

    What is cut into several segments, a manifest or a long XMP packet, comes whole, at the end.
    """
    manifests: dict[bytes, dict[int, bytes]] = {}
    extension: dict[int, bytes] = {}
    kept = 0
    whole = file.getvalue()
    for marker, start, end in islice(jpeg_segments(whole), STEP_LIMIT):
        if marker not in {0xE1, 0xEB, 0xED, 0xFE}:
            continue
        data = whole[start:end]
        if marker == 0xE1 and data.startswith(b"Exif\0"):
            yield from until_damage(exif_blocks(data, "JPEG APP1 EXIF"))
        elif marker == 0xE1 and data.startswith(_XMP):
            yield Block("xmp", "JPEG APP1 XMP", data[len(_XMP) :])
        elif marker == 0xE1 and data.startswith(_XMP_EXTENSION) and len(data) >= _EXTENSION_HEAD:
            # identifier, 32 hexadecimal digits, full length, offset of this part, the part
            (offset,) = struct.unpack_from(">I", data, _EXTENSION_HEAD - 4)
            extension[offset] = data[_EXTENSION_HEAD:]
            kept += len(data)
        elif marker == 0xEB and data.startswith(b"JP") and len(data) >= 8:
            # ISO 19566-5: "JP", box instance, number of the packet, then the box or a part of it
            instance, packet = struct.unpack_from(">2sI", data, 2)
            manifests.setdefault(instance, {})[packet] = data[8:]
            kept += len(data)
        elif marker == 0xED and data.startswith(_PHOTOSHOP):
            yield from until_damage(_photoshop_blocks(data[len(_PHOTOSHOP) :]))
        elif marker == 0xFE:
            yield text_block("JPEG comment", "comment", data.decode("utf-8", "replace"))
        if kept > MANIFEST_LIMIT + BLOCK_LIMIT:
            break
    for packets in manifests.values():
        yield Block("c2pa", "JPEG APP11", _join_packets(packets))
    if extension:
        parts = (extension[offset] for offset in sorted(extension))
        yield Block("xmp", "JPEG APP1 extended XMP", b"".join(parts)[:BLOCK_LIMIT])


def _join_packets(packets: dict[int, bytes]) -> bytes:
    """Join the parts of a JUMBF box: each repeats the box's header, kept of the first only."""
    data = bytearray()
    for _, packet in sorted(packets.items()):
        header = 16 if packet[:4] == b"\0\0\0\1" else 8
        data += packet[header:] if data else packet
    return bytes(data[:MANIFEST_LIMIT])


def _photoshop_blocks(data: bytes) -> Iterator[Block]:
    """Yield the IPTC records among Photoshop's image resources."""
    position = 0
    while data[position : position + 4] == b"8BIM":
        (resource,) = struct.unpack_from(">H", data, position + 4)
        name_length = data[position + 6] + 1
        position += 6 + name_length + name_length % 2
        (size,) = struct.unpack_from(">I", data, position)
        position += 4
        if resource == _IIM_RESOURCE:
            yield Block("iim", "JPEG APP13 IPTC", data[position : position + size])
        position += size + size % 2
