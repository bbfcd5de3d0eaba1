"""A piece of metadata as it stands in a file, and the limits of what is read of it."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, TypeVar
from xml.parsers.expat import ExpatError

MANIFEST_LIMIT = 16 * 1024 * 1024
"""Bytes of a C2PA manifest store: it may hold thumbnails of every ingredient."""
BLOCK_LIMIT = 4 * 1024 * 1024
"""Bytes of any other block, after decompression."""
TEXT_LIMIT = 4 * 1024 * 1024
"""Bytes of all blocks of one kind in one file, manifests aside: what is searched for patterns."""
READ_LIMIT = 64 * 1024 * 1024
"""Bytes of metadata read of one file, and of the blocks made of them."""
STEP_LIMIT = 65_536
"""Chunks, segments or sub-blocks walked over in one file."""
VALUE_LIMIT = 200
"""Characters of a value in a report."""
DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
    ExpatError,
)
"""What reading damaged metadata raises."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """One metadata block: `kind` is `c2pa`, `xmp`, `iim` or `text`.

    `where` tells a person its place, e.g. `PNG tEXt`; `key` names a text (`parameters`,
    `UserComment`), whose `data` is then UTF-8.
    """

    kind: str
    where: str
    data: bytes
    key: str = ""


class MeteredFile(BytesIO):
    """The bytes of a file, of which `READ_LIMIT` are read at most; stepping over is free.

    A file can name the same bytes many times over, so its size bounds nothing.
    """

    _left = READ_LIMIT

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as a file does.

        Raises:
            ValueError: when all that may be read was read.
        """
        data = super().read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("too much metadata")
        return data


def until_damage(items: Iterator[T]) -> Iterator[T]:
    """Yield items up to where their source is damaged: what stands elsewhere is not lost."""
    try:
        yield from items
    except DAMAGE:
        return


def text_block(where: str, key: str, text: str) -> Block:
    """Return a block of kind `text`."""
    return Block("text", where, text.encode("utf-8", "replace"), key)


def read_exactly(file: BinaryIO, length: int) -> bytes:
    """Read `length` bytes.

    Raises:
        ValueError: if the file ends before.
    """
    data = file.read(length)
    if len(data) < length:
        raise ValueError("the file ends early")
    return data


def inflate(data: bytes, limit: int = BLOCK_LIMIT) -> bytes:
    """Decompress zlib data up to `limit` bytes; the rest of a bomb stays folded."""
    return zlib.decompressobj().decompress(data, limit)


def shorten(text: str, limit: int = VALUE_LIMIT) -> str:
    """Return text safe to print: one line, no control or direction characters, at most `limit`."""
    visible = "".join(
        " "
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}
        else character
        for character in text[: 8 * limit]
    )
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
