"""Damage that browsers forgive is scanned with a reason, and refused by `--strict`."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.images import FileContent, Rules, decode_image
from inpaintscan.images.structure import jpeg_segments

STRICT = Rules(strict=True)


def content(data: bytes) -> FileContent:
    return FileContent("a", data, "")


def jpeg(photo: Path, **options: object) -> bytes:
    stream = io.BytesIO()
    with Image.open(photo) as image:
        image.save(stream, "JPEG", quality=90, **options)  # type: ignore[arg-type]
    return stream.getvalue()


@pytest.mark.parametrize("lost", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_without_its_last_bytes_is_read(
    photos: dict[str, Path], lost: int, options: dict[str, object]
) -> None:
    whole = jpeg(photos["coffee"], **options)
    image = decode_image(content(whole[:-lost]))
    assert image.damage == ("the file is cut off at its end",)
    expected = decode_image(content(whole)).pixels
    assert (image.pixels == expected).mean() > 0.99
    assert decode_image(content(whole)).damage == ()
    with pytest.raises(ImageError, match=r"a: the file is cut off at its end \(refused by"):
        decode_image(content(whole[:-lost]), rules=STRICT)


def test_what_is_missing_of_a_jpeg_is_said(photos: dict[str, Path]) -> None:
    whole = jpeg(photos["coffee"])
    (damage,) = decode_image(content(whole[: len(whole) * 9 // 10])).damage
    assert damage.startswith("the file is cut off: the last ")
    assert damage.endswith("% of the rows are missing, shown grey")


def test_half_a_jpeg_is_no_picture(photos: dict[str, Path]) -> None:
    whole = jpeg(photos["coffee"])
    with pytest.raises(ImageError, match="the file is cut off: the last"):
        decode_image(content(whole[: len(whole) // 2]))
    with pytest.raises(ImageError, match="damaged"):
        decode_image(content(whole[: whole.index(b"\xff\xda") + 16]))


def test_a_cut_jpeg_is_turned_and_shrunk_as_a_whole_one(photos: dict[str, Path]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = jpeg(photos["coffee"], exif=exif)
    for side in (None, 100):
        image = decode_image(content(whole[:-2]), least_side=side)
        assert image.pixels.shape == decode_image(content(whole), least_side=side).pixels.shape


def chunk(name: bytes, data: bytes, wrong: bool = False) -> bytes:
    checksum = zlib.crc32(name + data) ^ wrong
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def png_with(*chunks: bytes, after: bytes = b"") -> tuple[bytes, np.ndarray]:
    """A PNG with chunks put before and after its pixels."""
    pixels = np.random.default_rng(0).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    data = stream.getvalue()
    at, end = data.index(b"IDAT") - 4, len(data) - 12
    return data[:at] + b"".join(chunks) + data[at:end] + after + data[end:], pixels


@pytest.mark.parametrize("name", [b"iCCP", b"tEXt", b"gAMA", b"pHYs", b"eXIf", b"zzZz"])
@pytest.mark.parametrize("behind", [False, True])
def test_a_wrong_checksum_of_an_ancillary_chunk_is_a_reason(name: bytes, behind: bool) -> None:
    bad = chunk(name, b"key\0value of it", wrong=True)
    data, pixels = png_with(after=bad) if behind else png_with(bad)
    image = decode_image(content(data))
    assert np.array_equal(image.pixels, pixels)
    assert image.damage == (f"wrong checksum in {name.decode()!r}, which is left out",)
    with pytest.raises(ImageError, match="refused by --strict"):
        decode_image(content(data), rules=STRICT)


def test_damaged_chunks_of_many_names_are_few_reasons() -> None:
    names = [f"a{number:03}".encode() for number in range(1000)]
    data, pixels = png_with(*(chunk(name, b"", wrong=True) for name in (*names, *names)))
    image = decode_image(content(data))
    assert np.array_equal(image.pixels, pixels)
    assert image.damage[0] == "wrong checksum in 'a000', which is left out"
    assert image.damage[-1] == "wrong checksums in 996 other kinds of chunks"
    assert len(image.damage) == 5


@pytest.mark.parametrize("name", [b"IDAT", b"IEND"])
def test_a_wrong_checksum_of_the_pixels_or_the_end_is_a_reason(name: bytes) -> None:
    data, pixels = png_with()
    last = len(data) - 1 if name == b"IEND" else len(data) - 13
    broken = bytearray(data)
    broken[last] ^= 0xFF
    image = decode_image(content(bytes(broken)))
    assert np.array_equal(image.pixels, pixels)
    assert image.damage == (f"wrong checksum in {name.decode()!r}",)
    with pytest.raises(ImageError, match="refused by --strict"):
        decode_image(content(bytes(broken)), rules=STRICT)


@pytest.mark.parametrize("lost", [1, 6, 12])
def test_a_png_without_its_end_says_so(lost: int) -> None:
    data, pixels = png_with()
    image = decode_image(content(data[:-lost]))
    assert np.array_equal(image.pixels, pixels)
    assert image.damage == ("the file is cut off at its end",)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_without_its_end_says_so_however_it_is_coded(options: dict[str, Any]) -> None:
    stream = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(stream, "JPEG", **options)
    whole = stream.getvalue()
    assert decode_image(content(whole + b"trailer")).damage == ()
    assert decode_image(content(whole[:-2])).damage == ("the file is cut off at its end",)


@pytest.mark.parametrize(
    ("frame", "precision", "message"),
    [
        (0xC3, 8, "lossless JPEG is not read"),
        (0xF7, 8, "lossless JPEG is not read"),
        (0xC0, 12, "JPEG of 12 bits a sample is not read"),
    ],
)
def test_a_jpeg_of_a_kind_that_is_not_read_is_not_called_damaged(
    frame: int, precision: int, message: str
) -> None:
    stream = io.BytesIO()
    Image.linear_gradient("L").save(stream, "JPEG")
    data = bytearray(stream.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = frame, precision
    with pytest.raises(ImageError, match=f"^a: {message}"):
        decode_image(content(bytes(data)))


@pytest.mark.parametrize("kept", [16, 24, 30, 40])
def test_a_png_that_is_only_a_header_is_said_in_words(kept: int) -> None:
    with pytest.raises(ImageError) as error:
        decode_image(content(png_with()[0][:kept]))
    assert "unpack" not in str(error.value)


@pytest.mark.parametrize("between", [b"", b"junk\xff\0", b"\xff" * 9])
def test_many_exif_segments_cost_no_more_than_one(between: bytes) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    Image.new("RGB", (16, 8)).save(stream, "JPEG", exif=exif)
    data = stream.getvalue()
    content = b"Exif\0\0" + b"x" * 65_000
    segment = b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + between
    end = data.index(b"\xff\xdb")
    data = data[:end] + segment * 300 + data[end:]
    start = time.thread_time()
    image = decode_image(FileContent("a.jpg", data, ""))
    assert time.thread_time() - start < 1.0
    assert image.pixels.shape == (16, 8, 3)


def test_a_long_row_of_marker_bytes_takes_linear_time() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (16, 8)).save(stream, "JPEG")
    data = stream.getvalue()

    def seconds(size: int) -> float:
        filled = data[:2] + b"\xff" * size + b"\0" + data[2:]
        times = []
        for _ in range(3):
            start = time.thread_time()
            assert len(list(jpeg_segments(filled))) > 3
            times.append(time.thread_time() - start)
        return min(times)

    assert seconds(8_000) < 3 * seconds(4_000) + 0.02


def test_a_wrong_checksum_of_the_pixels_is_an_error() -> None:
    data, _ = png_with()
    at = data.index(b"IDAT")
    broken = data[: at + 8] + bytes([data[at + 8] ^ 0xFF]) + data[at + 9 :]
    with pytest.raises(ImageError, match="damaged"):
        decode_image(content(broken))


def test_what_stands_behind_the_end_of_a_png_does_not_count() -> None:
    data, pixels = png_with()
    image = decode_image(content(data + b"\0\0\0\4abcdefghijkl"))
    assert np.array_equal(image.pixels, pixels)
    assert image.damage == ()
    assert decode_image(content(data), rules=STRICT).damage == ()


@pytest.mark.parametrize("name", ["palette-alpha.png", "grey-key.png", "rgba.png"])
def test_what_is_left_of_a_png_keeps_its_transparency(zoo: dict[str, Path], name: str) -> None:
    with Image.open(zoo[name]) as image:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
    expected = np.asarray(white.convert("RGB")).astype(int)
    found = decode_image(content(zoo[name].read_bytes())).pixels
    assert np.abs(found - expected).max() <= 1


def test_apples_png_is_called_by_its_name() -> None:
    data, _ = png_with()
    with pytest.raises(ImageError, match="an Apple CgBI file, which only looks like a PNG"):
        decode_image(content(data[:8] + chunk(b"CgBI", b"\x50\0\x20\2") + data[8:]))
