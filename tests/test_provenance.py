"""Evidence, read from files made by the writers people use: Pillow, and bytes by the standards."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inpaintscan.findings import Evidence
from inpaintscan.provenance import EVIDENCE_LIMIT, read_evidence
from inpaintscan.provenance.blocks import VALUE_LIMIT, shorten
from inpaintscan.provenance.cbor import decode_cbor

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
A1111 = (
    "a duck on a pond\nNegative prompt: blur\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, "
    "Model: duckmix_v3"
)
COMFY_PROMPT = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl.safetensors"}},
    "5": {"class_type": "VAEEncodeForInpaint", "inputs": {}},
}
COMFY_WORKFLOW = {"nodes": [{"id": 1, "type": "KSampler"}], "links": []}


def xmp(properties: str = "", attributes: str = "") -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f"{attributes}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def picture() -> Image.Image:
    return Image.new("RGB", (16, 12), (200, 60, 30))


def png(path: Path, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key.replace("__", "-"), text)
    picture().save(path, pnginfo=info)
    return path


def pairs(path: Path) -> list[tuple[str, str]]:
    return [(item.kind, item.where) for item in read_evidence(path)]


def test_plain_picture_states_nothing(tmp_path: Path) -> None:
    for ending in ("png", "jpg", "webp", "tiff", "gif", "bmp", "avif"):
        path = tmp_path / f"plain.{ending}"
        picture().save(path)
        assert read_evidence(path) == (), ending


@pytest.mark.parametrize(
    ("texts", "start", "key"),
    [
        ({"parameters": A1111}, "A1111: model duckmix_v3; a duck on a pond", "parameters"),
        ({"prompt": json.dumps(COMFY_PROMPT)}, "ComfyUI (names inpainting): 3 nodes; xl", "prompt"),
        ({"workflow": json.dumps(COMFY_WORKFLOW)}, "ComfyUI: 1 nodes; KSampler", "workflow"),
        ({"Dream": '"a cat" -s 20 -S 7'}, 'InvokeAI: "a cat" -s 20', "Dream"),
        (
            {"sd__metadata": json.dumps({"image": {"prompt": [{"prompt": "a cat", "weight": 1}]}})},
            "InvokeAI: a cat",
            "sd-metadata",
        ),
        (
            {"invokeai_metadata": json.dumps({"positive_prompt": "a cat"})},
            "InvokeAI: a cat",
            "invokeai_metadata",
        ),
        (
            {"Comment": json.dumps({"prompt": "1girl", "uc": "bad", "steps": 28})},
            "NovelAI: 1girl",
            "Comment",
        ),
        ({"Source": "NovelAI Diffusion V4 7ABFFA2A"}, "NovelAI: NovelAI Diffusion V4", "Source"),
        (
            {"parameters": json.dumps({"prompt": "a hill", "version": "Fooocus v2.5.0"})},
            "Fooocus: a hill",
            "parameters",
        ),
        ({"fooocus_scheme": "fooocus"}, "Fooocus: fooocus", "fooocus_scheme"),
        (
            {"parameters": json.dumps({"sui_image_params": {"prompt": "a sea"}})},
            "SwarmUI: a sea",
            "parameters",
        ),
        (
            {"Description": "a fox --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"},
            "Midjourney: a fox --v 6",
            "Description",
        ),
        ({"AIGC": '{"Label": "1"}'}, 'AIGC label: {"Label": "1"}', "AIGC"),
        (
            {"generation": json.dumps({"prompt": "x y", "seed": 1, "steps": 2})},
            "parameters: x y",
            "generation",
        ),
        ({"negative_prompt": "ugly"}, "parameters: ugly", "negative_prompt"),
    ],
)
def test_generator_parameters_in_png_text(
    tmp_path: Path, texts: dict[str, str], start: str, key: str
) -> None:
    (item,) = read_evidence(png(tmp_path / "a.png", **texts))
    assert item.kind == "generation-parameters"
    assert item.value.startswith(start)
    assert item.where == f"PNG tEXt {key}"
    assert item.signature is None


@pytest.mark.parametrize(
    "texts",
    [
        {"Comment": "holiday in Rome"},
        {"Title": "Steps: a staircase"},
        {"Description": '{"nodes": "none"}'},
        {"Comment": '{"1": {"inputs": 3}}'},
        {"Author": "[1, 2]"},
        {"Comment": "{" * 50_000},
        {"parameters": "gain 3, exposure 20 ms"},
    ],
)
def test_other_text_is_no_evidence(tmp_path: Path, texts: dict[str, str]) -> None:
    assert read_evidence(png(tmp_path / "a.png", **texts)) == ()


def test_compressed_and_international_text(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", A1111, zip=True)
    info.add_itxt("Dream", "ein Bär -s 3", zip=True)
    info.add_itxt("prompt", "плот")
    path = tmp_path / "a.png"
    picture().save(path, pnginfo=info)
    assert [item.where for item in read_evidence(path)] == [
        "PNG zTXt parameters",
        "PNG iTXt Dream",
        "PNG iTXt prompt",
    ]
    assert read_evidence(path)[1].value == "InvokeAI: ein Bär -s 3"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_png_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = zlib.compress(b"Steps: 20, Sampler: x, " + b"A" * 60_000_000, 9)
    path = tmp_path / "bomb.png"
    picture().save(path)
    head, tail = path.read_bytes()[:33], path.read_bytes()[33:]
    path.write_bytes(head + chunk(b"zTXt", b"parameters\0\0" + bomb) * 3 + tail)
    items = read_evidence(path)
    assert len(items) == 1
    assert len(items[0].value) <= VALUE_LIMIT


def test_text_behind_the_pixels_is_read(tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    picture().save(path)
    data = path.read_bytes()
    path.write_bytes(data[:-12] + chunk(b"tEXt", b"Software\0Editor 3") + data[-12:])
    assert read_evidence(path) == (Evidence("software", "Editor 3", "PNG tEXt Software"),)


def test_imagemagick_raw_profile(tmp_path: Path) -> None:
    packet = xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"')
    text = f"\nxmp\n{len(packet):8d}\n{packet.hex()}\n"
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type xmp", text, zip=True)
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert pairs(tmp_path / "a.png") == [
        ("iptc-digital-source-type", "PNG zTXt raw XMP DigitalSourceType")
    ]


EXIF_PLACES = {
    "jpg": "JPEG APP1 EXIF",
    "png": "PNG eXIf",
    "webp": "WebP EXIF",
    "avif": "item EXIF",
    "tiff": "TIFF",
}


@pytest.mark.parametrize(("ending", "place"), EXIF_PLACES.items())
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "ascii"])
def test_exif_of_every_format(tmp_path: Path, ending: str, place: str, encoding: str) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Photo Shop 7\x00"
    mark = b"ASCII\0\0\0" if encoding == "ascii" else b"UNICODE\0"
    comment = mark + A1111.encode(encoding)
    exif.get_ifd(0x8769)[0x9286] = comment
    path = tmp_path / f"a.{ending}"
    if ending == "tiff":
        picture().save(path, tiffinfo={0x0131: "Photo Shop 7", 0x8769: {0x9286: comment}})
    else:
        picture().save(path, exif=exif)
    software, parameters = read_evidence(path)
    assert software == Evidence("software", "Photo Shop 7", f"{place} Software")
    assert parameters.where == f"{place} UserComment"
    assert parameters.value.startswith("A1111: model duckmix_v3")


def test_comfyui_in_exif_of_webp(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps(COMFY_PROMPT)}"
    exif[0x010F] = f"workflow:{json.dumps(COMFY_WORKFLOW)}"
    picture().save(tmp_path / "a.webp", exif=exif)
    values = [item.value for item in read_evidence(tmp_path / "a.webp")]
    assert values[0] == "ComfyUI: 1 nodes; KSampler"
    assert values[1].startswith("ComfyUI (names inpainting): 3 nodes")


def test_windows_comment_is_utf16(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x9C9C] = A1111.encode("utf-16-le")
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert pairs(tmp_path / "a.jpg") == [("generation-parameters", "JPEG APP1 EXIF XPComment")]


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


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segments(path: Path, *segments: bytes) -> Path:
    picture().save(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"".join(segments) + data[2:])
    return path


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


def test_values_are_safe_to_print(tmp_path: Path) -> None:
    text = "evil\x1b[31m\u202egnp.exe\r\nline " + "x" * 1000
    (item,) = read_evidence(png(tmp_path / "a.png", Software=text))
    assert item.value.startswith("evil [31m gnp.exe line xxx")
    assert item.value.endswith("…")
    assert len(item.value) == VALUE_LIMIT


def test_number_of_statements_is_bounded(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    for number in range(100):
        info.add_text("Software", f"tool {number}")
    picture().save(tmp_path / "a.png", pnginfo=info)
    assert len(read_evidence(tmp_path / "a.png")) == EVIDENCE_LIMIT


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert read_evidence(tmp_path / "none.png") == ()
    assert read_evidence(tmp_path) == ()


def whole_files() -> list[bytes]:
    """One small file a format, each full of metadata."""
    exif = Image.Exif()
    exif[0x0131] = "Tool"
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.encode("utf-16-be")
    packet = xmp(attributes='xmp:CreatorTool="Tool"')
    files = []
    from io import BytesIO

    for name in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"):
        stream = BytesIO()
        options = {} if name in {"GIF", "TIFF"} else {"xmp": packet}
        picture().save(stream, name, exif=exif, **options)
        files.append(stream.getvalue())
    return files


WHOLE_FILES = whole_files()


@given(
    data=st.sampled_from(WHOLE_FILES),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_damaged_files_never_raise(
    tmp_path_factory: pytest.TempPathFactory,
    data: bytes,
    cut: float,
    flips: list[tuple[float, int]],
) -> None:
    damaged = bytearray(data)
    for where, value in flips:
        damaged[int(where * len(damaged))] = value
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged[: int(cut * len(damaged))])
    assert len(read_evidence(path)) <= EVIDENCE_LIMIT


@given(st.binary(max_size=200))
def test_any_bytes_are_cbor_or_damaged(data: bytes) -> None:
    try:
        value = decode_cbor(data)
    except ValueError:
        value = None
    assert repr(value) != ""


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("1903e8", 1000),
        ("3863", -100),
        ("fb3ff199999999999a", 1.1),
        ("f4", False),
        ("f6", None),
        ("43010203", b"\1\2\3"),
        ("6449455446", "IETF"),
        ("83010203", [1, 2, 3]),
        ("a201020304", {}),  # integer keys are left out
        ("a16161a161628101", {"a": {"b": [1]}}),
        ("c11a514b67b0", 1363896240),  # a tag is dropped
        ("7f657374726561646d696e67ff", "streaming"),
        ("bf6346756ef563416d7421ff", {"Fun": True, "Amt": -2}),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
    ],
)
def test_cbor_examples_of_the_rfc(data: str, value: object) -> None:
    assert decode_cbor(bytes.fromhex(data)) == value


@given(st.text())
def test_shortened_text_is_one_printable_line(text: str) -> None:
    short = shorten(text)
    assert len(short) <= VALUE_LIMIT
    assert "\n" not in short
    assert short == short.strip()
