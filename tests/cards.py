"""Changed cards of weights files."""

from __future__ import annotations

import json
import struct


def header_bytes(metadata: dict[str, str]) -> bytes:
    header = json.dumps({"__metadata__": metadata}).encode()
    return struct.pack("<Q", len(header)) + header
