"""What the reader says that it did, and what it refuses since it would read something else."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from inpaintscan.errors import ImageError
from inpaintscan.images import read_image
from inpaintscan.images.depth import coded_note
from inpaintscan.images.unread import unread_reason
from tests.conftest import gradient

SHORT = "16 bits a sample reduced to 8: only {} of them are used, brightened to full range"


def samples(bits: int, *shape: int) -> np.ndarray:
    """Random samples of so many bits in 16, the highest among them."""
    values = np.random.default_rng(bits).integers(0, 1 << bits, shape).astype(np.uint16)
    values.flat[0] = (1 << bits) - 1
    return values


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (20, 30, 4)])
@pytest.mark.parametrize("name", ["a.png", "plain.tif", "packed.tif"])
def test_short_samples_in_16_bits_are_stretched(
    tmp_path: Path, bits: int, shape: tuple[int, ...], name: str
) -> None:
    values = samples(bits, *shape)
    if shape[-1] == 4:
        values[..., 3] = 65535
    options = [] if name == "a.png" else [cv2.IMWRITE_TIFF_COMPRESSION, 1 if "plain" in name else 8]
    cv2.imwrite(str(tmp_path / name), values, options)
    image = read_image(tmp_path / name)
    assert image.notes == (SHORT.format(bits),)
    expected = (values >> (bits - 8)).astype(np.uint8)
    if len(shape) == 2:
        expected = np.repeat(expected[..., None], 3, axis=2)
    else:
        expected = expected[..., 2::-1]  # OpenCV keeps blue first
    assert np.array_equal(image.pixels, expected)


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_full_16_bits_lose_their_lower_half(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = samples(16, *shape)
    cv2.imwrite(str(tmp_path / "a.png"), values)
    image = read_image(tmp_path / "a.png")
    assert image.notes == ("16 bits a sample reduced to 8",)
    assert np.array_equal(
        image.pixels[..., 0], (values if len(shape) == 2 else values[..., 2]) >> 8
    )


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_grey_samples_of_16_bits_in_either_order_of_bytes(tmp_path: Path, bits: int) -> None:
    values = samples(bits, 20, 30)
    path = grey_tiff(tmp_path / "a.tif", values.astype(">u2"), big_endian=True)
    assert np.array_equal(read_image(path).pixels[..., 0], values >> (bits - 8))


def test_unsigned_samples_of_32_bits_do_not_turn_negative(tmp_path: Path) -> None:
    values = np.linspace(0, 2**32 - 1, 600).reshape(20, 30).astype("<u4")
    image = read_image(grey_tiff(tmp_path / "a.tif", values))
    assert image.notes == ("values 0 to 4.29497e+09 reduced to 8 bits",)
    expected = np.rint(values / (2**32 - 1) * 255)
    assert np.array_equal(image.pixels[..., 0], expected)


def test_samples_of_a_kind_that_is_not_read_are_not_only_called_damaged(tmp_path: Path) -> None:
    path = grey_tiff(tmp_path / "a.tif", np.zeros((20, 30), "<f8"), sample_format=3)
    with pytest.raises(ImageError, match="of a kind of samples that is not read: save it with 8"):
        read_image(path)


def test_planes_that_are_no_colours_are_not_only_called_damaged(tmp_path: Path) -> None:
    planes = np.zeros((5, 16, 16), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="minisblack", planarconfig="separate")
    with pytest.raises(ImageError, match="of a kind of samples that is not read: save it with 8"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("bits", [12, 16])
def test_white_may_be_zero(tmp_path: Path, bits: int) -> None:
    values = samples(bits, 20, 30)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    expected = 255 - (values >> (bits - 8)).astype(np.uint8)
    assert np.array_equal(read_image(tmp_path / "a.tif").pixels[..., 0], expected)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_heic_of_more_bits_than_8_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    mode, data = ("RGB;16", samples(16, 64, 64, 3)) if bits > 8 else ("RGB", gradient(64, 64))
    picture = pillow_heif.from_bytes(mode=mode, size=(64, 64), data=data.tobytes())
    picture.save(tmp_path / "a.heic", quality=90)
    said = () if bits == 8 else (f"{bits} bits a sample reduced to 8",)
    assert read_image(tmp_path / "a.heic").notes == said


@pytest.mark.parametrize(("flags", "bits"), [(0x0C, 8), (0x4C, 10), (0x6C, 12)])
def test_avif_of_more_bits_than_8_says_so(flags: int, bits: int) -> None:
    stream = io.BytesIO()
    Image.fromarray(gradient(16, 16)).save(stream, "AVIF")
    data = bytearray(stream.getvalue())
    data[data.index(b"av1C") + 6] = flags
    said = () if bits == 8 else (f"{bits} bits a sample reduced to 8",)
    with Image.open(stream) as image:
        assert coded_note(image, bytes(data)) == said


def test_grey_with_transparency_of_few_bits_in_16_is_refused_in_words(tmp_path: Path) -> None:
    values = samples(12, 20, 30, 2)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", 30, 20, 16, 4, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(ImageError, match="png: grey with transparency of 12 bits in 16 is not re"):
        read_image(tmp_path / "a.png")


def grey_tiff(
    path: Path, values: np.ndarray, *, sample_format: int = 1, big_endian: bool = False
) -> Path:
    """Write an uncompressed grey TIFF tag by tag; the values are in its order of bytes."""
    order = ">" if big_endian else "<"
    tags = {
        256: values.shape[1], 257: values.shape[0], 258: values.itemsize * 8, 259: 1, 262: 1,
        273: 8 + 2 + 10 * 12 + 4, 277: 1, 278: values.shape[0], 279: values.nbytes,
        339: sample_format,
    }  # fmt: skip
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, tags[tag]) for tag in tags)
    start = b"MM\0*" if big_endian else b"II*\0"
    header = start + struct.pack(f"{order}IH", 8, len(tags))
    path.write_bytes(header + entries + bytes(4) + values.tobytes())
    return path


@pytest.mark.parametrize("value", [0, 7, 70_000, -3, 2**31 - 1])
def test_one_value_of_32_bits_everywhere_is_no_damage(tmp_path: Path, value: int) -> None:
    Image.fromarray(np.full((8, 8), value, np.int32)).save(tmp_path / "a.tif")
    assert read_image(tmp_path / "a.tif").pixels.shape == (8, 8, 3)


@pytest.mark.parametrize("values", [(-3e38, 3e38), (1e-40, 2e-40), (70_000.0, 70_000.0)])
def test_any_range_of_floats_is_read_in_silence(
    tmp_path: Path, values: tuple[float, float]
) -> None:
    Image.fromarray(np.tile(np.float32(values), (4, 2))).save(tmp_path / "a.tif")
    assert read_image(tmp_path / "a.tif").pixels.shape == (4, 4, 3)


def test_opaque_alpha_is_not_worth_a_word(tmp_path: Path) -> None:
    image = Image.fromarray(gradient(32, 48))
    image.convert("RGBA").save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").notes == ()


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("ending", ["jpg", "webp", "tif", "avif", "png"])
@pytest.mark.parametrize("exif", [None, 0, 1, 3])
def test_orientation_in_xmp_alone_is_ignored_and_said(
    tmp_path: Path, ending: str, exif: int | None
) -> None:
    """Where EXIF is given but 0, it is there and says nothing of a turn."""
    path = tmp_path / f"a.{ending}"
    options: dict[str, object] = {"xmp": XMP}
    if ending == "tif":
        options = {"tiffinfo": {700: XMP} | ({274: exif} if exif else {})}
    elif exif is not None:
        tags = Image.Exif()
        tags[0x0112 if exif else 0x010F] = exif or "Maker"
        options["exif"] = tags
    if ending == "png":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options = {"pnginfo": info} | {k: v for k, v in options.items() if k == "exif"}
    Image.fromarray(gradient(32, 48)).save(path, **options)
    if ending == "avif":  # keeps a turn, not that there is none
        exif = None if exif == 1 else exif
    image = read_image(path)
    assert image.pixels.shape == (32, 48, 3)
    said = "orientation in XMP alone, ignored as browsers do"
    assert image.notes == (() if exif else (said,))


def tiff(path: Path, tags: dict[int, object]) -> Path:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for number, value in tags.items():
        info[number] = value
        info.tagtype[number] = 1 if isinstance(value, bytes) else 4
    Image.fromarray(gradient(32, 48)).save(path, "TIFF", tiffinfo=info)
    return path


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("a.dng", {0xC612: b"\1\4\0\0"}),
        ("a.tif", {0xC612: b"\1\4\0\0"}),
        ("a.tif", {254: 1, 330: 8}),  # a smaller copy of a picture below it
        ("a.NEF", {}),
        ("a.cr2", {}),
    ],
)
def test_the_preview_in_a_raw_file_is_refused(
    tmp_path: Path, name: str, tags: dict[int, object]
) -> None:
    with pytest.raises(ImageError, match=r"embedded preview .* develop it"):
        read_image(tiff(tmp_path / name, tags))


def test_a_smaller_copy_without_another_is_a_picture(tmp_path: Path) -> None:
    assert read_image(tiff(tmp_path / "a.tif", {254: 1})).pixels.shape == (32, 48, 3)


@pytest.mark.parametrize(
    ("beginning", "ending", "mentions"),
    [
        (b"\xff\x0a\xfa", "", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n", ".jpg", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n", "", "JPEG 2000"),
        (b"8BPS\0\1", ".PSD", "Photoshop"),
        (b"%PDF-1.7", "", "PDF"),
        (b"FUJIFILMCCD-RAW", ".raf", "RAW"),
        (b"\0\0\0\x18ftypcrx \0", "", "RAW"),
        (b"anything", ".NEF", "RAW"),
        (b"II*\0\x10\0\0\0CR\2\0", ".tif", "RAW"),
        (b"anything", ".TGA", "TGA"),
        (b"anything", ".exr", "EXR"),
        (b"P6 1 1 255 ", ".ppm", "PPM"),
        (b"<svg", ".svg", "SVG"),
    ],
)
def test_what_looks_like_a_picture_is_named(beginning: bytes, ending: str, mentions: str) -> None:
    reason = unread_reason(beginning, ending)
    assert reason is not None
    assert mentions in reason
    assert ": " in reason  # and what to do


@pytest.mark.parametrize("ending", ["", ".txt", ".py", ".mp4"])
def test_other_files_are_not_pictures(ending: str) -> None:
    assert unread_reason(b"import numpy\n", ending) is None


def test_a_named_file_of_such_a_format_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.jxl").write_bytes(b"\xff\x0a" + bytes(50))
    with pytest.raises(ImageError, match="JPEG XL is not read: convert it to PNG"):
        read_image(tmp_path / "a.jxl")


def test_a_canon_raw_is_none_under_the_name_of_a_tiff(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(100))
    with pytest.raises(ImageError, match="camera RAW is not read"):
        read_image(tmp_path / "a.tif")


def test_damaged_tiffs_leave_standard_error_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(gradient(64, 64)).save(path, compression="tiff_lzw")
    data = bytearray(path.read_bytes())
    data[20:400] = zlib.compress(bytes(range(256)))[:1] * 380
    path.write_bytes(data)
    code = (
        "import sys, pathlib; from inpaintscan.errors import ImageError; "
        "from inpaintscan.images import read_image\n"
        "try: read_image(pathlib.Path(sys.argv[1]))\nexcept ImageError: print('damaged')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("damaged\n", "")
