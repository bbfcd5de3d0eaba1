"""What the file's own metadata says about its making, beside the score and never inside it.

Segments are read, pixels are not. All of it is "as stated, not verified" but where the optional
library checked a C2PA signature, and even that says who signed only where the signer is on a trust
list. A file that says nothing proves nothing, since most platforms strip metadata.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from inpaintscan.findings import Evidence
from inpaintscan.provenance import c2pa, iim, parameters, xmp
from inpaintscan.provenance.blocks import READ_LIMIT, TEXT_LIMIT, Block, MeteredFile, until_damage
from inpaintscan.provenance.containers import find_container

EVIDENCE_LIMIT = 32
"""Statements kept of one file."""

INTERPRETERS = {
    "c2pa": c2pa.read_manifests,
    "xmp": xmp.read_packet,
    "iim": iim.read_records,
    "text": parameters.read_text,
}
"""Kind of block -> what reads it."""


def read_evidence(source: Path | bytes, trust: str | None = None) -> tuple[Evidence, ...]:
    """Return what the metadata of an image file states, in the order it stands in the file.

    `source` is the file, or better its bytes, which were read already; `trust` holds the
    certificates (PEM) of a trust list. Of a damaged file, or one that is no image, it returns what
    could be read; it never raises for one. Each statement is given once for each place.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except OSError:
        return ()
    found: dict[Evidence, None] = {}
    counts: Counter[str] = Counter()
    for block in _within_limits(_readable_blocks(data)):
        for evidence in until_damage(INTERPRETERS[block.kind](block)):
            if evidence not in found and counts[evidence.kind] < EVIDENCE_LIMIT:
                found[evidence] = None
                counts[evidence.kind] += 1
    return c2pa.verify(data, _most_telling(tuple(found)), trust)


def _most_telling(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return the first statements, `EVIDENCE_LIMIT` at most; names of software give way."""
    others = sum(evidence.kind != "software" for evidence in found)
    names = [evidence for evidence in found if evidence.kind == "software"]
    dropped = set(names[max(0, EVIDENCE_LIMIT - others) :])
    return tuple(evidence for evidence in found if evidence not in dropped)[:EVIDENCE_LIMIT]


def _within_limits(blocks: Iterator[Block]) -> Iterator[Block]:
    """Pass on blocks while they are not too much in all, and texts while these are not."""
    read = text = 0
    for block in blocks:
        read += len(block.data)
        if read > READ_LIMIT:
            return
        if block.kind != "c2pa":
            if text + len(block.data) > TEXT_LIMIT:
                continue
            text += len(block.data)
        yield block


def _readable_blocks(data: bytes) -> Iterator[Block]:
    """Yield the metadata blocks up to the end, or up to where the file is damaged."""
    container = find_container(data[:32])
    if container is not None:
        yield from until_damage(container(MeteredFile(data)))
