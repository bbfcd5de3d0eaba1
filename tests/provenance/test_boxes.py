"""C2PA boxes, read without the library: whole, damaged, and of other kinds."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from PIL import Image

from inpaintscan.findings import Evidence
from inpaintscan.provenance import read_evidence
from tests.provenance.manifests import COMPOSITE, SOURCE


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def superbox(label: bytes, *children: bytes) -> bytes:
    description = box(b"jumd", b"\0" * 16 + b"\3" + label + b"\0")
    return box(b"jumb", description + b"".join(children))


def app11(data: bytes, size: int) -> bytes:
    """Cut a box into APP11 segments as ISO 19566-5 says, each repeating the box's header."""
    segments = b""
    for number, start in enumerate(range(8, len(data), size), start=1):
        part = b"JP\0\1" + struct.pack(">I", number) + data[:8] + data[start : start + size]
        segments += struct.pack(">BBH", 0xFF, 0xEB, len(part) + 2) + part
    return segments


def jpeg_with(path: Path, store: bytes, size: int = 40) -> Path:
    Image.new("RGB", (8, 8)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + app11(store, size) + data[2:])
    return path


@pytest.mark.usefixtures("without_library")
def test_ingredient_and_active_manifest_are_told_apart(tmp_path: Path) -> None:
    def manifest(label: bytes, generator: str, source: str) -> bytes:
        actions = json.dumps({"actions": [{"digitalSourceType": SOURCE + source}]}).encode()
        name = generator.encode()
        claim = b"\xa1\x6fclaim_generator" + bytes([0x60 + len(name)]) + name
        return superbox(
            label,
            superbox(b"c2pa.assertions", superbox(b"c2pa.actions", box(b"json", actions))),
            superbox(b"c2pa.claim", box(b"cbor", claim)),
        )

    store = superbox(
        b"c2pa",
        manifest(b"urn:one", "Old Tool/1", "digitalCapture"),
        manifest(b"urn:two", "New Tool/2", "trainedAlgorithmicMedia"),
    )
    assert read_evidence(jpeg_with(tmp_path / "a.jpg", store)) == (
        Evidence("c2pa", "manifest by New Tool/2", "JPEG APP11"),
        Evidence("iptc-digital-source-type", "digitalCapture", "JPEG APP11 C2PA ingredient"),
        Evidence("iptc-digital-source-type", "trainedAlgorithmicMedia", "JPEG APP11 C2PA manifest"),
    )


@pytest.mark.usefixtures("without_library")
@pytest.mark.parametrize(
    ("store", "value"),
    [
        (superbox(b"c2pa"), "manifest by an unnamed tool, damaged"),
        (superbox(b"c2pa", box(b"cbor", b"\x9f")), "manifest by an unnamed tool, damaged"),
        (
            superbox(b"c2pa", superbox(b"urn:x", superbox(b"c2pa.claim", box(b"cbor", b"\x01")))),
            "manifest by an unnamed tool",
        ),
    ],
)
def test_damaged_manifest_is_still_noted(tmp_path: Path, store: bytes, value: str) -> None:
    path = jpeg_with(tmp_path / "a.jpg", store)
    assert read_evidence(path) == (Evidence("c2pa", value, "JPEG APP11"),)


@pytest.mark.usefixtures("without_library")
@pytest.mark.parametrize(
    "damaged",
    [
        box(b"cbor", b"\xfb\0\0"),  # a float of which two bytes are there
        box(b"cbor", b"\x1b\0"),
        box(b"cbor", b"\x62a"),
        box(b"json", b'{"a":' * 200_000),
        box(b"json", b"[1, 2"),
        box(b"cbor", b"\x81" * 100),
    ],
)
def test_damage_in_one_box_loses_no_other(tmp_path: Path, damaged: bytes) -> None:
    actions = json.dumps({"actions": [{"digitalSourceType": SOURCE + COMPOSITE}]}).encode()
    claim = superbox(b"c2pa.claim", box(b"cbor", b"\xa1\x6fclaim_generator\x63abc"))
    store = superbox(
        b"c2pa",
        superbox(b"urn:x", superbox(b"a", damaged), superbox(b"b", box(b"json", actions)), claim),
    )
    assert read_evidence(jpeg_with(tmp_path / "a.jpg", store, 60_000)) == (
        Evidence("c2pa", "manifest by abc, damaged", "JPEG APP11"),
        Evidence("iptc-digital-source-type", COMPOSITE, "JPEG APP11 C2PA manifest"),
    )


def test_other_jumbf_is_no_manifest(tmp_path: Path) -> None:
    store = superbox(b"jpeg.360", box(b"json", b"{}"))
    assert read_evidence(jpeg_with(tmp_path / "a.jpg", store)) == ()


def test_library_that_refuses_is_told(tmp_path: Path) -> None:
    path = jpeg_with(tmp_path / "a.jpg", superbox(b"c2pa"))
    (manifest,) = read_evidence(path)
    assert manifest.value.startswith("signature not checked (")
    assert manifest.signature is None
