"""Where each image format keeps its metadata: one generator of blocks per format.

The containers are walked here and not by Pillow, which is neither linear nor complete. It joins the
EXIF segments of a JPEG one by one (7 s for 24 MB of them); it refuses a whole PNG for one text
over 1 MB, keeps the last of several texts of one name, and reads those behind the pixels only after
decoding these; it loads every tag of a TIFF directory, though thousands may name the same
megabytes; it gives the comment and XMP of a GIF's first frame only, and no C2PA of WebP and GIF.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from inpaintscan.provenance.blocks import (
    BLOCK_LIMIT,
    MANIFEST_LIMIT,
    STEP_LIMIT,
    Block,
    read_exactly,
    text_block,
    until_damage,
)
from inpaintscan.provenance.isobmff import isobmff_blocks
from inpaintscan.provenance.jpeg import jpeg_blocks
from inpaintscan.provenance.png import png_blocks
from inpaintscan.provenance.tiff import exif_blocks, tiff_blocks


def find_container(head: bytes) -> Callable[[BytesIO], Iterator[Block]] | None:
    """Return the reader for a file that begins with `head`, or None for one without metadata."""
    for start, container in _BY_SIGNATURE:
        if head.startswith(start):
            return container
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return webp_blocks
    return isobmff_blocks if head[4:8] == b"ftyp" else None


def webp_blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the blocks of a WebP file: RIFF chunks `C2PA`, `XMP ` and `EXIF`."""
    file.seek(12)
    for _ in range(STEP_LIMIT):
        header = file.read(8)
        if len(header) < 8:
            return
        name, length = struct.unpack("<4sI", header)
        start = file.tell()
        if name == b"C2PA":
            yield Block("c2pa", "WebP C2PA chunk", file.read(min(length, MANIFEST_LIMIT)))
        elif name == b"XMP ":
            yield Block("xmp", "WebP XMP", file.read(min(length, BLOCK_LIMIT)))
        elif name == b"EXIF":
            data = file.read(min(length, BLOCK_LIMIT))
            yield from until_damage(exif_blocks(data, "WebP EXIF"))
        file.seek(start + length + length % 2)


def gif_blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the blocks of a GIF: application extensions `C2PA_GIF` and `XMP Data`, comments."""
    file.seek(10)
    flags = read_exactly(file, 3)[0]
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), 1)
    for _ in range(STEP_LIMIT):
        introducer = file.read(1)
        if introducer == b"\x21":
            yield from _gif_extension(file)
        elif introducer == b"\x2c":
            flags = read_exactly(file, 9)[8]
            file.seek((3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1, 1)
            _gif_data(file, keep=0)
        else:
            return


def _gif_extension(file: BinaryIO) -> Iterator[Block]:
    label = read_exactly(file, 1)
    if label == b"\xfe":
        comment = _gif_data(file, BLOCK_LIMIT).decode("utf-8", "replace")
        yield text_block("GIF comment", "comment", comment)
    elif label == b"\xff":
        name = read_exactly(file, read_exactly(file, 1)[0])
        if name.startswith(b"C2PA_GIF"):
            yield Block("c2pa", "GIF C2PA extension", _gif_data(file, MANIFEST_LIMIT))
        elif name == b"XMP DataXMP":
            # The packet is not cut into sub-blocks: its bytes themselves are read as lengths, and
            # a closing ramp 0x01 0xff 0xfe ... 0x00 catches any of them.
            packet = _gif_data(file, BLOCK_LIMIT, with_lengths=True)
            yield Block("xmp", "GIF XMP", packet.rpartition(b">")[0] + b">")
        else:
            _gif_data(file, keep=0)
    else:
        _gif_data(file, keep=0)


def _gif_data(file: BinaryIO, keep: int, *, with_lengths: bool = False) -> bytes:
    """Read a chain of sub-blocks, keeping at most `keep` bytes.

    Raises:
        ValueError: if the chain is longer than is walked over, or the file ends in it.
    """
    data = bytearray()
    for _ in range(STEP_LIMIT):
        length = read_exactly(file, 1)
        if length == b"\0":
            return bytes(data)
        if not keep:
            file.seek(length[0], 1)
            continue
        part = read_exactly(file, length[0])
        if len(data) < keep:
            data += length + part if with_lengths else part
    raise ValueError("too many sub-blocks")


_BY_SIGNATURE: tuple[tuple[bytes, Callable[[BytesIO], Iterator[Block]]], ...] = (
    (b"\xff\xd8\xff", jpeg_blocks),
    (b"\x89PNG\r\n\x1a\n", png_blocks),
    (b"GIF8", gif_blocks),
    (b"II*\0", tiff_blocks),
    (b"MM\0*", tiff_blocks),
    (b"II+\0", tiff_blocks),
    (b"MM\0+", tiff_blocks),
)
