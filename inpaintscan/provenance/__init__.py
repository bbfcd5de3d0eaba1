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
from inpaintscan.provenance.stated import speaks_of_ai

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
    counts: Counter[tuple[str, int]] = Counter()
    for block in _within_limits(_readable_blocks(data)):
        for evidence in until_damage(INTERPRETERS[block.kind](block)):
            group = evidence.kind, _rank(evidence)
            if evidence not in found and counts[group] < EVIDENCE_LIMIT:
                found[evidence] = None
                counts[group] += 1
    return c2pa.verify(data, _most_telling(tuple(found)), trust)


def _rank(evidence: Evidence) -> int:
    """Return how little a statement tells: what no number of others may push out comes first."""
    if c2pa.is_embedded(evidence):
        return 0
    if speaks_of_ai(evidence):
        return 1
    return 3 if evidence.kind == "software" else 2


def _most_telling(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return the most telling statements, `EVIDENCE_LIMIT` at most, in the order of the file."""
    kept = set(sorted(found, key=_rank)[:EVIDENCE_LIMIT])
    return tuple(evidence for evidence in found if evidence in kept)


def _within_limits(blocks: Iterator[Block]) -> Iterator[Block]:
    """Pass on blocks while they are not too much in all, and those of a kind while these are not.

    No long comment may use up what is read of XMP.
    """
    read = 0
    texts: Counter[str] = Counter()
    for block in blocks:
        read += len(block.data)
        if read > READ_LIMIT:
            return
        if block.kind != "c2pa":
            if texts[block.kind] + len(block.data) > TEXT_LIMIT:
                continue
            texts[block.kind] += len(block.data)
        yield block


def _readable_blocks(data: bytes) -> Iterator[Block]:
    """Yield the metadata blocks up to the end, or up to where the file is damaged."""
    container = find_container(data[:32])
    if container is not None:
        yield from until_damage(container(MeteredFile(data)))
