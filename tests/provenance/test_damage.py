"""Damaged and hostile metadata; the limits of what is read of it."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inpaintscan.provenance import EVIDENCE_LIMIT, read_evidence
from inpaintscan.provenance.blocks import VALUE_LIMIT, shorten
from inpaintscan.provenance.cbor import decode_cbor
from tests.provenance.files import A1111, chunk, picture, png, xmp


def test_png_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = zlib.compress(b"Steps: 20, Sampler: x, " + b"A" * 60_000_000, 9)
    path = tmp_path / "bomb.png"
    picture().save(path)
    head, tail = path.read_bytes()[:33], path.read_bytes()[33:]
    path.write_bytes(head + chunk(b"zTXt", b"parameters\0\0" + bomb) * 3 + tail)
    items = read_evidence(path)
    assert len(items) == 1
    assert len(items[0].value) <= VALUE_LIMIT


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
