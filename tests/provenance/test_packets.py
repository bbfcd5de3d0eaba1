"""XMP packets, IPTC records and comments, in every format."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import PngImagePlugin

from inpaintscan.findings import Evidence
from inpaintscan.provenance import read_evidence
from tests.provenance.files import A1111, pairs, picture, xmp

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def test_imagemagick_raw_profile(tmp_path: Path) -> None:
    packet = xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"')
    text = f"\nxmp\n{len(packet):8d}\n{packet.hex()}\n"
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type xmp", text, zip=True)
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert pairs(tmp_path / "a.png") == [
        ("iptc-digital-source-type", "PNG zTXt raw XMP DigitalSourceType")
    ]


XMP_PLACES = {
    "jpg": "JPEG APP1 XMP",
    "png": "PNG iTXt XMP",
    "webp": "WebP XMP",
    "avif": "item XMP",
    "tiff": "TIFF XMP",
    "gif": "GIF XMP",
}


def save_xmp(path: Path, packet: bytes) -> Path:
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        picture().save(path, pnginfo=info)
    elif path.suffix == ".tiff":
        picture().save(path, tiffinfo={700: packet})
    elif path.suffix == ".gif":
        picture().save(path)
        data = path.read_bytes()
        table = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
        ramp = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        path.write_bytes(data[:table] + b"\x21\xff\x0bXMP DataXMP" + packet + ramp + data[table:])
    else:
        picture().save(path, xmp=packet)
    return path


@pytest.mark.parametrize(("ending", "place"), XMP_PLACES.items())
@pytest.mark.parametrize("form", ["attribute", "element", "resource"])
def test_digital_source_type_of_every_format(
    tmp_path: Path, ending: str, place: str, form: str
) -> None:
    address = f"{SOURCE}compositeWithTrainedAlgorithmicMedia"
    name = "Iptc4xmpExt:DigitalSourceType"
    packet = {
        "attribute": xmp(attributes=f'{name}="{address}"'),
        "element": xmp(f"<{name}>{address}</{name}>"),
        "resource": xmp(f'<{name} rdf:resource="{address}"/>'),
    }[form]
    path = save_xmp(tmp_path / f"a.{ending}", packet)
    assert read_evidence(path) == (
        Evidence(
            "iptc-digital-source-type",
            "compositeWithTrainedAlgorithmicMedia",
            f"{place} DigitalSourceType",
        ),
    )


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (
            xmp(attributes='xmp:CreatorTool="Adobe Photoshop 26.0"'),
            ("software", "Adobe Photoshop 26.0", "CreatorTool"),
        ),
        (
            xmp(attributes='photoshop:Credit="Made with Google AI"'),
            ("software", "Made with Google AI", "Credit"),
        ),
        (
            xmp("<Iptc4xmpExt:AISystemUsed>Pencil 2</Iptc4xmpExt:AISystemUsed>"),
            ("generation-parameters", "AISystemUsed: Pencil 2", "AISystemUsed"),
        ),
        (
            xmp(attributes='dcterms:provenance="https://credentials.example/m.c2pa"'),
            ("c2pa", "manifest kept elsewhere: https://credentials.example/m.c2pa", "provenance"),
        ),
        (
            xmp(
                '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
                "Steps: 3, Sampler: a, Seed: 1</rdf:li></rdf:Alt></dc:description>"
            ),
            ("generation-parameters", "A1111: Steps: 3, Sampler: a, Seed: 1", "description"),
        ),
    ],
)
def test_xmp_properties(tmp_path: Path, packet: bytes, expected: tuple[str, str, str]) -> None:
    path = save_xmp(tmp_path / "a.jpg", packet)
    kind, value, name = expected
    assert read_evidence(path) == (Evidence(kind, value, f"JPEG APP1 XMP {name}"),)


@pytest.mark.parametrize(
    "packet",
    [
        xmp(attributes='photoshop:Credit="Maria Gomez / AI Jazeera"'),
        xmp(attributes='dcterms:provenance="self#jumbf=/c2pa/x"'),
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a xmp="&c;">&c;</a>',
        b"not XML at all",
        b"",
    ],
)
def test_xmp_that_is_no_evidence(tmp_path: Path, packet: bytes) -> None:
    assert read_evidence(save_xmp(tmp_path / "a.webp", packet)) == ()


def test_damaged_xmp_is_read_up_to_the_damage(tmp_path: Path) -> None:
    packet = xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE}digitalCapture"')[:-40]
    path = save_xmp(tmp_path / "a.jpg", packet)
    assert [item.value for item in read_evidence(path)] == ["digitalCapture"]


@pytest.mark.parametrize("creator", [b"Jos\xe9", b"A & B", b"a\x01b", b"&eacute;", b"\xed\xa0\xbd"])
def test_a_byte_that_no_xml_may_hold_hides_nothing_after_it(tmp_path: Path, creator: bytes) -> None:
    name = "Iptc4xmpExt:DigitalSourceType"
    source = f"<{name}>{SOURCE}trainedAlgorithmicMedia</{name}>"
    packet = xmp(f"<dc:creator>CREATOR</dc:creator>{source}").replace(b"CREATOR", creator)
    path = save_xmp(tmp_path / "a.jpg", packet)
    assert [item.value for item in read_evidence(path)] == ["trainedAlgorithmicMedia"]


@pytest.mark.parametrize("before", [b"junk", b'<?xml version="1.0" encoding="x-unknown"?>'])
def test_what_stands_before_a_packet_hides_nothing(tmp_path: Path, before: bytes) -> None:
    source = f'Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"'
    packet = xmp(attributes=source)
    path = save_xmp(tmp_path / "a.jpg", before + packet[packet.index(b"<x:xmpmeta") :])
    assert [item.value for item in read_evidence(path)] == ["trainedAlgorithmicMedia"]


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segments(path: Path, *segments: bytes) -> Path:
    picture().save(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"".join(segments) + data[2:])
    return path


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE x>",
        b'<!DOCTYPE x [<!ENTITY a "]>"><!ENTITY b "<rdf:RDF x">]>',
        b'<!DOCTYPE x:xmpmeta SYSTEM "http://a/b.dtd" [<!ATTLIST x:xmpmeta c CDATA "d">]>\n',
        b"<!DOCTYPE a [<!-- ' -->]><!DOCTYPE b>",
    ],
)
def test_a_document_type_hides_nothing_after_it(tmp_path: Path, doctype: bytes) -> None:
    packet = xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"')
    begin = packet.index(b"<x:xmpmeta")
    path = save_xmp(tmp_path / "a.jpg", packet[:begin] + doctype + packet[begin:])
    (found,) = read_evidence(path)
    assert found.value == "trainedAlgorithmicMedia"


def test_extended_xmp_is_joined_in_order_of_offset(tmp_path: Path) -> None:
    packet = xmp(attributes='xmp:CreatorTool="Split Tool"')
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">I", len(packet))
    parts = [
        segment(0xE1, head + struct.pack(">I", start) + packet[start : start + 200])
        for start in range(0, len(packet), 200)
    ]
    path = with_segments(tmp_path / "a.jpg", *reversed(parts))
    assert read_evidence(path) == (
        Evidence("software", "Split Tool", "JPEG APP1 extended XMP CreatorTool"),
    )


def test_iptc_records(tmp_path: Path) -> None:
    records = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(value)) + value
        for number, value in ((5, b"Title"), (65, b"Light Room"), (110, b"Edited with Google AI"))
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    other = b"8BIM\x03\xed\0\0" + struct.pack(">I", 3) + b"abc\0"
    data = b"Photoshop 3.0\0" + other + resource
    path = with_segments(tmp_path / "a.jpg", segment(0xED, data))
    assert read_evidence(path) == (
        Evidence("software", "Light Room", "JPEG APP13 IPTC OriginatingProgram"),
        Evidence("software", "Edited with Google AI", "JPEG APP13 IPTC Credit"),
    )


def test_comments_of_jpeg_and_gif(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg", comment=A1111)
    picture().save(tmp_path / "a.gif", comment=A1111)
    assert pairs(tmp_path / "a.jpg") == [("generation-parameters", "JPEG comment comment")]
    assert pairs(tmp_path / "a.gif") == [("generation-parameters", "GIF comment comment")]


def test_bigtiff(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.tiff", big_tiff=True, software="Big Tool")
    assert (tmp_path / "a.tiff").read_bytes()[:4] == b"II+\0"
    assert read_evidence(tmp_path / "a.tiff")[0].value == "Big Tool"
