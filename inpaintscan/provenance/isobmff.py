"""AVIF and HEIC: the boxes of an ISO base media file."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from inpaintscan.provenance.blocks import (
    BLOCK_LIMIT,
    MANIFEST_LIMIT,
    STEP_LIMIT,
    Block,
    read_exactly,
    until_damage,
)
from inpaintscan.provenance.tiff import exif_blocks

_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def isobmff_blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield C2PA and XMP `uuid` boxes, and the EXIF and XMP items of the `meta` box."""
    for name, start, size in _boxes(file, 0, file.seek(0, os.SEEK_END)):
        file.seek(start)
        if name == b"uuid":
            yield from until_damage(_uuid_blocks(file, size))
        elif name == b"meta":
            meta = file.read(min(size, BLOCK_LIMIT))
            yield from until_damage(_meta_blocks(file, meta))


def _boxes(file: BinaryIO, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of the content and its size, of the boxes in a range of the file."""
    for _ in range(STEP_LIMIT):
        file.seek(position)
        header = file.read(8)
        if position >= end or len(header) < 8:
            return
        size, name = struct.unpack(">I4s", header)
        content = 8
        if size == 1:
            (size,) = struct.unpack(">Q", read_exactly(file, 8))
            content = 16
        elif size == 0:
            size = end - position
        if size < content:
            return
        yield name, position + content, size - content
        position += size


def _uuid_blocks(file: BinaryIO, size: int) -> Iterator[Block]:
    identifier = read_exactly(file, 16)
    if identifier == _XMP_UUID:
        yield Block("xmp", "uuid XMP", file.read(min(size - 16, BLOCK_LIMIT)))
    elif identifier == _C2PA_UUID:
        # version and flags, the box's purpose with a closing zero, then for a manifest an offset
        content = file.read(min(size - 16, MANIFEST_LIMIT))
        purpose, _, rest = content[4:].partition(b"\0")
        if purpose in {b"manifest", b"original", b"update"}:
            yield Block("c2pa", "uuid C2PA", rest[8:])


def _meta_blocks(file: BinaryIO, meta: bytes) -> Iterator[Block]:
    """Yield the items of kind `Exif`, and `mime` ones that are XMP."""
    stream = BytesIO(meta)
    children = {
        name: meta[start : start + size] for name, start, size in _boxes(stream, 4, len(meta))
    }
    wanted = dict(_metadata_items(children.get(b"iinf", b"")))
    for item, offset, length in _locations(children.get(b"iloc", b"")):
        kind = wanted.pop(item, None)
        if kind is None:
            continue
        try:
            file.seek(offset)
        except OverflowError:  # no such place: the others are read
            continue
        data = file.read(min(length, BLOCK_LIMIT))
        if kind == b"Exif":
            skip = int.from_bytes(data[:4], "big")
            yield from until_damage(exif_blocks(data[4 + skip :], "item EXIF"))
        else:
            yield Block("xmp", "item XMP", data)


def _metadata_items(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and kind of the items that are metadata, from an `iinf` box."""
    if not content:
        return
    start = 6 if content[0] == 0 else 8
    for name, position, size in _boxes(BytesIO(content), start, len(content)):
        entry = content[position : position + size]
        if name != b"infe" or entry[0] < 2:
            continue
        number_size = 2 if entry[0] == 2 else 4
        number = int.from_bytes(entry[4 : 4 + number_size], "big")
        kind = entry[6 + number_size : 10 + number_size]
        if kind == b"Exif" or (kind == b"mime" and b"application/rdf+xml" in entry):
            yield number, kind


def _locations(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield number, offset in the file and length of the items in an `iloc` box.

    Only items of one extent and a plain file offset: so every writer keeps metadata.
    """
    if not content:
        return
    version = content[0]
    reader = BytesIO(content[4:])

    def number(size: int) -> int:
        return int.from_bytes(read_exactly(reader, size), "big")

    sizes = number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(min(number(wide), STEP_LIMIT)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        extents = number(2)
        if extents != 1:
            reader.seek(extents * (index_size + offset_size + length_size), 1)
            continue
        number(index_size)
        offset, length = number(offset_size), number(length_size)
        if method == 0:
            yield item, base + offset, length
