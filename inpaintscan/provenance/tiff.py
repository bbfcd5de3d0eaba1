"""TIFF directories: of TIFF files, and of the EXIF block in every other format."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from inpaintscan.provenance.blocks import (
    BLOCK_LIMIT,
    MANIFEST_LIMIT,
    Block,
    read_exactly,
    text_block,
)

_TEXT_TAGS = {
    0x000B: "ProcessingSoftware",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x927C: "MakerNote",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9E: "XPKeywords",
}
_EXIF_DIRECTORY = 0x8769
_XMP, _IIM, _C2PA = 0x02BC, 0x83BB, 0xCD41
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 18: 8}
_DIRECTORY_LIMIT = 8
_ENTRY_LIMIT = 512


@dataclass(frozen=True, slots=True)
class _Layout:
    """The field widths of classic TIFF and BigTIFF, as struct formats."""

    order: str
    count: str
    entry: str
    offset: str


def exif_blocks(data: bytes, where: str) -> Iterator[Block]:
    """Yield the texts of an EXIF block, with or without its six bytes of introduction."""
    start = 6 if data[:4] == b"Exif" else 0
    yield from tiff_blocks(BytesIO(data[start:]), where)


def tiff_blocks(file: BinaryIO, where: str = "TIFF") -> Iterator[Block]:
    """Yield what the directories of a TIFF structure hold: texts, XMP, IPTC records, C2PA."""
    layout, position = _read_header(file)
    pending = [position]
    for _ in range(_DIRECTORY_LIMIT):
        if not pending:
            return
        try:
            file.seek(pending.pop(0))
            head = read_exactly(file, struct.calcsize(layout.count))
        except (OSError, ValueError, OverflowError):  # no such place: the others are read
            continue
        (count,) = struct.unpack(layout.count, head)
        entry_size = struct.calcsize(layout.entry)
        table = file.read(min(count, _ENTRY_LIMIT) * entry_size)
        table = table[: len(table) // entry_size * entry_size]  # the file may end in it
        if count <= _ENTRY_LIMIT:
            following = file.read(struct.calcsize(layout.offset))
            if len(following) == struct.calcsize(layout.offset) and any(following):
                pending.extend(struct.unpack(layout.offset, following))
        seen: set[int] = set()
        for number, kind, length, field in struct.iter_unpack(layout.entry, table):
            if number in seen:
                continue
            seen.add(number)
            data = _read_value(file, layout, (number, kind, length), field)
            if number == _EXIF_DIRECTORY and len(data) >= 4:
                pending.insert(0, int.from_bytes(data, "little" if layout.order == "<" else "big"))
            else:
                yield from _tag_blocks(number, data, where)


def _read_header(file: BinaryIO) -> tuple[_Layout, int]:
    """Return the layout and the offset of the first directory.

    Raises:
        ValueError: if it is no TIFF structure.
    """
    file.seek(0)
    magic = read_exactly(file, 4)
    order = {b"II": "<", b"MM": ">"}.get(magic[:2])
    if order is None:
        raise ValueError("no TIFF header")
    if magic[2:] in {b"+\0", b"\0+"}:
        layout = _Layout(order, f"{order}Q", f"{order}HHQ8s", f"{order}Q")
        file.seek(8)
    else:
        layout = _Layout(order, f"{order}H", f"{order}HHI4s", f"{order}I")
    (position,) = struct.unpack(layout.offset, read_exactly(file, struct.calcsize(layout.offset)))
    return layout, position


def _read_value(file: BinaryIO, layout: _Layout, head: tuple[int, int, int], field: bytes) -> bytes:
    """Return the bytes of an entry that is asked for, or none."""
    number, kind, length = head
    if number not in _TEXT_TAGS and number not in {_EXIF_DIRECTORY, _XMP, _IIM, _C2PA}:
        return b""
    size = length * _TYPE_SIZES.get(kind, 1)
    if number == _EXIF_DIRECTORY or size <= len(field):
        return field[:size]
    try:
        file.seek(*struct.unpack(layout.offset, field))
    except (OSError, ValueError, OverflowError):  # no such place: the other entries are read
        return b""
    return file.read(min(size, MANIFEST_LIMIT if number == _C2PA else BLOCK_LIMIT))


def _tag_blocks(number: int, data: bytes, where: str) -> Iterator[Block]:
    if number == _C2PA:
        yield Block("c2pa", f"{where} tag 0xCD41", data)
    elif number == _XMP:
        yield Block("xmp", f"{where} XMP", data)
    elif number == _IIM:
        yield Block("iim", f"{where} IPTC", data)
    elif data and number in _TEXT_TAGS:
        yield text_block(where, _TEXT_TAGS[number], _decode(number, data))


def _decode(number: int, data: bytes) -> str:
    """Return a tag's text: UTF-16 in Windows' tags, marked in UserComment, UTF-8 elsewhere."""
    if 0x9C9B <= number <= 0x9C9F:
        return data.decode("utf-16-le", "replace")
    if number == 0x9286:
        mark, data = data[:8], data[8:]
        if mark == b"UNICODE\0":
            # Writers differ in the byte order, whatever the file's: the zero bytes tell it.
            sample = data[:512]
            big = sample[0::2].count(0) > sample[1::2].count(0)
            return data.decode("utf-16-be" if big else "utf-16-le", "replace")
    return data.decode("utf-8", "replace")
