"""What the reader says that it did, and what it refuses since it would read something else."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from inpaintscan.errors import ImageError
from inpaintscan.images import read_image
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
@pytest.mark.parametrize("exif", [None, 1, 3])
def test_orientation_in_xmp_alone_is_ignored_and_said(
    tmp_path: Path, ending: str, exif: int | None
) -> None:
    path = tmp_path / f"a.{ending}"
    options: dict[str, object] = {"xmp": XMP}
    if ending == "tif":
        options = {"tiffinfo": {700: XMP} | ({} if exif is None else {274: exif})}
    elif exif is not None:
        tags = Image.Exif()
        tags[0x0112] = exif
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
    assert image.notes == ((said,) if exif is None else ())


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
