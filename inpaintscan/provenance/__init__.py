"""What the file's own metadata says about its making, beside the score and never inside it.

Segments are read, pixels are not: a gigabyte costs as little as a thumbnail. All of it is "as
stated, not verified" but a C2PA signature that the optional library checked; and a file that says
nothing proves nothing, since most platforms strip metadata.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.parsers.expat import ExpatError

from inpaintscan.findings import Evidence
from inpaintscan.provenance import c2pa, iim, text, xmp
from inpaintscan.provenance.blocks import Block
from inpaintscan.provenance.containers import find_container

EVIDENCE_LIMIT = 32
"""Statements kept of one file."""

INTERPRETERS = {
    "c2pa": c2pa.read_manifests,
    "xmp": xmp.read_packet,
    "iim": iim.read_records,
    "text": text.read_text,
}
"""Kind of block -> what reads it."""

_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
    ExpatError,
)


def read_evidence(source: Path | bytes) -> tuple[Evidence, ...]:
    """Return what the metadata of an image file states, in the order it stands in the file.

    `source` is the file, or its bytes where these were read already.

    Of a damaged file, or one that is no image, it returns what could be read; it never raises for
    one. Each statement is given once for each place.
    """
    found: dict[Evidence, None] = {}
    for block in _readable_blocks(source):
        for evidence in _interpret(block):
            found.setdefault(evidence)
            if len(found) >= EVIDENCE_LIMIT:
                return c2pa.verify(source, tuple(found))
    return c2pa.verify(source, tuple(found))


def _readable_blocks(source: Path | bytes) -> Iterator[Block]:
    """Yield the metadata blocks up to the end, or up to where the file is damaged."""
    try:
        with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            container = find_container(file.read(32))
            file.seek(0)
            if container is not None:
                yield from container(file)
    except _DAMAGE:
        return


def _interpret(block: Block) -> Iterator[Evidence]:
    try:
        yield from INTERPRETERS[block.kind](block)
    except _DAMAGE:
        return
