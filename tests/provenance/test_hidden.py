"""Statements among very many others, behind long texts, in XML that is none: nothing hides them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inpaintscan.provenance import EVIDENCE_LIMIT, read_evidence
from inpaintscan.provenance.blocks import Block
from inpaintscan.provenance.c2pa import read_manifests
from inpaintscan.provenance.stated import to_stated
from inpaintscan.provenance.xmp import read_packet
from tests.provenance.files import chunk, picture, xmp

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
STATED = f'Iptc4xmpExt:DigitalSourceType="{SOURCE}"'
ELEMENT = f"<Iptc4xmpExt:DigitalSourceType>{SOURCE}</Iptc4xmpExt:DigitalSourceType>"


def xmp_chunk(packet: bytes) -> bytes:
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


def stated(tmp_path: Path, *chunks: bytes) -> str | None:
    path = tmp_path / "a.png"
    picture().save(path)
    data = path.read_bytes()
    found = read_evidence(data[:33] + b"".join(chunks) + data[33:])
    assert len(found) <= EVIDENCE_LIMIT
    return to_stated(found)


@pytest.mark.parametrize(
    "value",
    [
        f"{SOURCE}#",
        f"{SOURCE}?lang=en",
        f" {SOURCE}/ ",
        "digsrctype:trainedAlgorithmicMedia",
        "urn:newsml:cv.iptc.org:20210101:digitalsourcetype:trainedAlgorithmicMedia",
    ],
)
def test_a_source_type_however_it_is_addressed(tmp_path: Path, value: str) -> None:
    packet = xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{value}"')
    assert stated(tmp_path, xmp_chunk(packet)) == "generated"


@pytest.mark.parametrize(
    "before",
    [
        "".join(f"<Iptc4xmpExt:DigitalSourceType>t{n}</Iptc4xmpExt:DigitalSourceType>" for n in
                range(2 * EVIDENCE_LIMIT)),
        "".join(f"<xmp:CreatorTool>tool {number}</xmp:CreatorTool>" for number in range(9_000)),
        "<dc:title>x</dc:title>" * 9_000,
    ],
)  # fmt: skip
def test_a_statement_behind_many_others_counts(tmp_path: Path, before: str) -> None:
    assert stated(tmp_path, xmp_chunk(xmp(before + ELEMENT))) == "generated"


def test_a_credit_behind_many_names_of_software_counts(tmp_path: Path) -> None:
    names = [chunk(b"tEXt", b"Software\0tool %d" % number) for number in range(100)]
    credit = xmp(attributes='photoshop:Credit="Made with Google AI"')
    assert stated(tmp_path, *names, xmp_chunk(credit)) == "generated"


def test_manifests_elsewhere_do_not_crowd_out_the_one_that_is_here(tmp_path: Path) -> None:
    elsewhere = "".join(
        f"<dcterms:provenance>http://a/{number}</dcterms:provenance>" for number in range(100)
    )
    path = tmp_path / "a.png"
    picture().save(path)
    data = path.read_bytes()
    manifest = chunk(b"caBX", b"\0\0\0\x40jumb\0\0\0\x1ejumdc2pa" + bytes(64))
    found = read_evidence(data[:33] + xmp_chunk(xmp(elsewhere)) + manifest + data[33:])
    assert len(found) == EVIDENCE_LIMIT
    assert "manifest by an unnamed tool" in found[-1].value


@pytest.mark.parametrize("size", [4_000_000, 5_000_000])
def test_a_long_text_hides_no_xmp(tmp_path: Path, size: int) -> None:
    long = chunk(b"tEXt", b"Comment\0" + b"x" * size)
    assert stated(tmp_path, long, long, xmp_chunk(xmp(attributes=STATED))) == "generated"


@pytest.mark.parametrize(
    "packet",
    [
        xmp("<a></b>" + ELEMENT),
        xmp(attributes=f'a="<" {STATED}'),
        xmp(attributes=f'a="1" a="2" {STATED}'),
        xmp(
            "<<>" + ELEMENT.replace(SOURCE, f"\n <rdf:Bag>\n  <rdf:li>{SOURCE}</rdf:li></rdf:Bag>")
        ),
        xmp(f'</a><Iptc4xmpExt:DigitalSourceType rdf:resource="{SOURCE}"/>'),
    ],
)
def test_xmp_that_is_no_xml_is_read_by_its_looks(tmp_path: Path, packet: bytes) -> None:
    assert stated(tmp_path, xmp_chunk(packet)) == "generated"


def test_a_source_type_that_is_cut_is_none(tmp_path: Path) -> None:
    packet = xmp(attributes=STATED)
    cut = packet.index(SOURCE.encode()) + len(SOURCE) - 3
    assert stated(tmp_path, xmp_chunk(packet[:cut])) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="UTF-8"?>'])
def test_xmp_is_read_in_any_encoding(encoding: str, declared: str) -> None:
    packet = (declared + xmp(attributes=STATED).decode()).encode(encoding)
    for data in (packet, packet.decode("utf-8", "replace").encode()):  # as the text of a PNG
        assert to_stated(read_packet(Block("xmp", "XMP", data))) == "generated"


@pytest.mark.parametrize("unit", ["<DigitalSourceType>", " DigitalSourceType", "<a:", "<\t>", "x"])
def test_broken_xmp_takes_time_in_proportion(unit: str) -> None:
    times = []
    for size in (500_000, 1_000_000):
        block = Block("xmp", "XMP", b"<a></b>" + unit.encode() * (size // len(unit)))
        start = time.thread_time()
        list(read_packet(block))
        times.append(time.thread_time() - start)
    assert times[1] < 3 * times[0] + 0.2


def test_a_manifest_of_millions_of_items_takes_little_time() -> None:
    items = b"\x9a" + (8_000_000).to_bytes(4, "big") + bytes(8_000_000)
    described = b"\0\0\0\x1ejumd" + bytes(16) + b"\3c2pa\0"
    size = len(items) + 8
    boxes = described + size.to_bytes(4, "big") + b"cbor" + items
    store = (len(boxes) + 8).to_bytes(4, "big") + b"jumb" + boxes
    start = time.thread_time()
    (found,) = read_manifests(Block("c2pa", "x", store))
    assert time.thread_time() - start < 3
    assert found.value == "manifest by an unnamed tool, damaged"
