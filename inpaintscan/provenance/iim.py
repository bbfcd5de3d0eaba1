"""IPTC-IIM records, as they stand in Photoshop's resources."""

from __future__ import annotations

from collections.abc import Iterator

from inpaintscan.findings import Evidence
from inpaintscan.provenance.blocks import Block, shorten
from inpaintscan.provenance.xmp import states_ai

_PROGRAM, _CREDIT = 65, 110


def read_records(block: Block) -> Iterator[Evidence]:
    """Yield the originating program, and a credit that names AI, of the application record."""
    data = block.data
    position = 0
    while data[position : position + 1] == b"\x1c":
        record, dataset = data[position + 1], data[position + 2]
        size = int.from_bytes(data[position + 3 : position + 5], "big")
        content = data[position + 5 : position + 5 + size]
        position += 5 + size
        if record != 2 or dataset not in {_PROGRAM, _CREDIT}:
            continue
        value = shorten(content.decode("utf-8", "replace"))
        if dataset == _PROGRAM and value:
            yield Evidence("software", value, f"{block.where} OriginatingProgram")
        elif dataset == _CREDIT and states_ai(value):
            yield Evidence("software", value, f"{block.where} Credit")
