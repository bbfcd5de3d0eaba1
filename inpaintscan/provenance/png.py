"""PNG: text, EXIF, XMP and C2PA chunks."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from inpaintscan.images.structure import png_chunks
from inpaintscan.provenance.blocks import (
    BLOCK_LIMIT,
    DAMAGE,
    MANIFEST_LIMIT,
    STEP_LIMIT,
    Block,
    inflate,
    text_block,
    until_damage,
)
from inpaintscan.provenance.tiff import exif_blocks

_TEXT_TOTAL = 4 * BLOCK_LIMIT
"""Bytes of text read from one file, so many full chunks cannot add up."""
_XMP_KEY = "XML:com.adobe.xmp"


def png_blocks(file: BytesIO) -> Iterator[Block]:
    """Yield the blocks of a PNG, before and after the pixels, which are stepped over."""
    whole = file.getvalue()
    left = _TEXT_TOTAL
    for name, start, _ in islice(png_chunks(whole), STEP_LIMIT):
        length = int.from_bytes(whole[start : start + 4], "big")
        limit = MANIFEST_LIMIT if name == b"caBX" else BLOCK_LIMIT
        data = whole[start + 8 : start + 8 + min(length, limit)] if name in _READ else b""
        if name == b"caBX":
            yield Block("c2pa", "PNG caBX", data)
        elif name == b"eXIf":
            yield from until_damage(exif_blocks(data, "PNG eXIf"))
        elif name in _TEXT_CHUNKS and left > 0:
            try:
                key, text = _TEXT_CHUNKS[name](data)
            except DAMAGE:
                left -= BLOCK_LIMIT  # what was unfolded before the damage is not known
                continue
            left -= len(text)
            yield from until_damage(_keyed_blocks(f"PNG {name.decode()}", key, text))


def _plain(data: bytes) -> tuple[str, str]:
    """Read a tEXt chunk: Latin-1 by the standard, UTF-8 as many tools write it."""
    key, _, text = data.partition(b"\0")
    try:
        return key.decode("latin-1"), text.decode("utf-8")
    except UnicodeDecodeError:
        return key.decode("latin-1"), text.decode("latin-1")


def _compressed(data: bytes) -> tuple[str, str]:
    """Read a zTXt chunk: key, method 0, zlib data."""
    key, _, rest = data.partition(b"\0")
    return key.decode("latin-1"), inflate(rest[1:]).decode("utf-8", "replace")


def _international(data: bytes) -> tuple[str, str]:
    """Read an iTXt chunk: key, flag, method, language, translated key, UTF-8 text."""
    key, _, rest = data.partition(b"\0")
    _, _, after_language = rest[2:].partition(b"\0")
    _, _, text = after_language.partition(b"\0")
    if rest[:1] == b"\1":
        text = inflate(text)
    return key.decode("latin-1"), text.decode("utf-8", "replace")


_TEXT_CHUNKS = {b"tEXt": _plain, b"zTXt": _compressed, b"iTXt": _international}
_READ = {b"caBX", b"eXIf", *_TEXT_CHUNKS}


def _keyed_blocks(where: str, key: str, text: str) -> Iterator[Block]:
    """Yield a text chunk as what its key says it is."""
    if key == _XMP_KEY:
        yield Block("xmp", "PNG iTXt XMP", text.encode())
    elif key.startswith("Raw profile type "):
        # ImageMagick: a line with the name, one with the length, then hexadecimal
        profile = key.removeprefix("Raw profile type ").lower()
        data = bytes.fromhex("".join(text.split("\n")[3:]))
        if profile in {"exif", "app1"} and data.startswith((b"Exif", b"II", b"MM")):
            yield from exif_blocks(data, f"{where} raw EXIF")
        elif profile in {"xmp", "app1"}:
            yield Block("xmp", f"{where} raw XMP", data[data.find(b"<") :])
    else:
        yield text_block(where, key, text)
