"""What a small file may demand, and how many pages a TIFF has, without being caught in it."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.findings import Finding
from inpaintscan.images import Rules, decode_frames, decode_image, read_content, read_image
from inpaintscan.images.read import PixelsAgain
from inpaintscan.images.structure import count_pages
from tests.conftest import png_of_claimed_size


def jpeg_of_claimed_size(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "JPEG", progressive=True)
    data = bytearray(stream.getvalue())
    start = data.index(b"\xff\xc2") + 5
    data[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_of_claimed_size(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("P", (1, 1)).save(stream, "GIF")
    data = bytearray(stream.getvalue())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_of_claimed_size(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (1, 1)).save(stream, "BMP")
    data = bytearray(stream.getvalue())
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def webp_of_one_colour(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height)).save(stream, "WEBP", lossless=True, method=0, quality=0)
    return stream.getvalue()


@pytest.mark.parametrize("make", [jpeg_of_claimed_size, gif_of_claimed_size, bmp_of_claimed_size,
                                  png_of_claimed_size])  # fmt: skip
@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((31_000, 31_000), "31000 x 31000 pixels is over the limit of 250 megapixels"),
        ((15_000, 15_000), "taken for a decompression bomb; of so small a file 31 megapixels"),
    ],
)
def test_a_small_file_cannot_demand_gigabytes(
    tmp_path: Path, make: object, size: tuple[int, int], reason: str
) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(make(*size))  # type: ignore[operator]
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match=reason) as caught:
            read_image(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert str(caught.value).endswith("; make it smaller first")
    with pytest.raises(ImageError, match=r"; --max-pixels raises it$"):  # a scan has the option
        decode_image(read_content(path), rules=Rules())


def test_a_plain_picture_may_come_from_a_small_file(tmp_path: Path) -> None:
    path = tmp_path / "white.webp"
    path.write_bytes(webp_of_one_colour(5_000, 5_000))
    assert path.stat().st_size < 5_000
    assert read_image(path).pixels.shape == (5_000, 5_000, 3)


def test_the_limit_is_raised_and_lowered(zoo: dict[str, Path]) -> None:
    size = 32 * 48
    content = read_content(zoo["rgb.png"])
    assert decode_image(content, rules=Rules(max_pixels=size)).pixels.shape == (32, 48, 3)
    with pytest.raises(ImageError, match="48 x 32 pixels is over the limit of 0"):
        decode_image(content, rules=Rules(max_pixels=size - 1))


def test_every_frame_is_measured(tmp_path: Path) -> None:
    """The first page is small, the second is not."""
    pages = [Image.new("L", (64, 64)), Image.new("L", (200, 200))]
    path = tmp_path / "pages.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    frames = decode_frames(read_content(path), rules=Rules(max_pixels=10_000))
    assert next(frames).pixels.shape == (64, 64, 3)
    with pytest.raises(ImageError, match="200 x 200 pixels is over the limit"):
        next(frames)


def test_a_file_far_larger_than_any_image_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(3_000_000_000)  # sparse
    with pytest.raises(ImageError, match="a file of 3,000 MB is over the limit of 2,067 MB"):
        read_image(path)


def test_what_begins_like_no_image_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    started = time.monotonic()
    with pytest.raises(ImageError, match="not an image that inpaintscan reads"):
        read_image(path)
    assert time.monotonic() - started < 1.0


def tiff_of_pages(count: int, order: str = "<") -> bytes:
    """A TIFF of 1 x 1 pixels, each page with a directory of its own."""
    marks = {"<": b"II*\0", ">": b"MM\0*"}
    entries = [(256, 3, 1), (257, 3, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8),
               (277, 3, 1), (278, 3, 1), (279, 4, 1)]  # fmt: skip
    size = 2 + 12 * len(entries) + 4
    parts = [marks[order], struct.pack(f"{order}I", 16), b"\x80" * 8]
    for page in range(count):
        following = 16 + size * (page + 1) if page + 1 < count else 0
        parts.append(struct.pack(f"{order}H", len(entries)))
        for tag, kind, value in entries:
            packed = (
                struct.pack(f"{order}HH", value, 0)
                if kind == 3
                else struct.pack(f"{order}I", value)
            )
            parts.append(struct.pack(f"{order}HHI", tag, kind, 1) + packed)
        parts.append(struct.pack(f"{order}I", following))
    return b"".join(parts)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("pages", [1, 2, 500])
def test_pages_are_counted_as_pillow_counts(tmp_path: Path, order: str, pages: int) -> None:
    data = tiff_of_pages(pages, order)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == pages
    assert count_pages(data) == pages
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    assert read_image(path).frames == pages


def test_many_directories_take_linear_time() -> None:
    def seconds(pages: int) -> float:
        content = read_content_of(tiff_of_pages(pages))
        started = time.process_time()
        assert decode_image(content).frames == pages
        return time.process_time() - started

    assert seconds(80_000) < 2.0


def test_pages_of_few_bits_in_16_take_linear_time() -> None:
    def seconds(pages: int) -> float:
        stream = io.BytesIO()
        values = np.random.default_rng(0).integers(0, 4095, (pages, 4, 4, 3)).astype(np.uint16)
        tifffile.imwrite(stream, values, photometric="rgb")
        started = time.process_time()
        frames = list(decode_frames(read_content_of(stream.getvalue())))
        assert np.array_equal([frame.pixels for frame in frames], values >> 4)
        return time.process_time() - started

    assert seconds(800) < 6 * seconds(200) + 0.2


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif"])
def test_frames_are_decoded_again_in_linear_time(tmp_path: Path, name: str) -> None:
    greys = np.random.default_rng(0).integers(0, 255, (300, 48, 48)).astype(np.uint8)
    frames = [Image.fromarray(grey) for grey in greys]
    options = {"lossless": True} if name == "a.webp" else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    data = (tmp_path / name).read_bytes()
    again, started = PixelsAgain(), time.process_time()
    for number in range(300):
        finding = Finding("a", "clean", frame=number, content=data)
        assert np.array_equal(again.read(finding)[..., 0], greys[number])
    assert time.process_time() - started < 2.0
    for number in (5, 2, 2, 299):  # in any order
        finding = Finding("a", "clean", frame=number, content=data)
        assert np.array_equal(again.read(finding)[..., 0], greys[number])
    with pytest.raises(ImageError, match="no frame 300"):
        again.read(Finding("a", "clean", frame=300, content=data))


def test_a_damaged_frame_keeps_no_other_from_being_decoded_again(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    data = bytearray((tmp_path / "a.tif").read_bytes())
    green = data.index(b"\0\x80\0" * 8)
    place = data.index(struct.pack("<I", green))  # where the second page keeps its pixels
    data[place : place + 4] = b"\xff\xff\xff\x7f"
    again, content = PixelsAgain(), bytes(data)
    assert again.read(Finding("a", "clean", frame=0, content=content))[0, 0].tolist() == [255, 0, 0]
    with pytest.raises(ImageError):
        again.read(Finding("a", "clean", frame=1, content=content))
    assert again.read(Finding("a", "clean", frame=2, content=content))[0, 0].tolist() == [0, 0, 255]


def read_content_of(data: bytes) -> object:
    from inpaintscan.images import FileContent

    return FileContent("a", data, "")


def test_a_chain_of_directories_that_bites_its_tail_ends() -> None:
    data = bytearray(tiff_of_pages(3))
    data[-4:] = struct.pack("<I", 16)
    assert count_pages(bytes(data)) == 3
    assert count_pages(bytes(data[:40])) == 1
    assert count_pages(b"II*\0\xff\xff\xff\xff") == 1
    assert count_pages(b"none") == 1


def test_only_so_many_frames_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inpaintscan.images.read.MOST_FRAMES", 3)
    frames = decode_frames(read_content_of(tiff_of_pages(5)))  # type: ignore[arg-type]
    assert [next(frames).frame for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ImageError, match="a: 5 frames; only the first 3 are read"):
        next(frames)


def test_a_long_text_in_a_png_does_not_hide_its_pixels(tmp_path: Path) -> None:
    """Pillow gives up on a PNG whose texts are over its limits, and its pixels are lost."""
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    for number in range(3):
        texts.add_text(f"key{number}", "x" * 40_000_000, zip=True)
    pixels = np.full((8, 8, 3), 77, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", pnginfo=texts)
    image = read_image(tmp_path / "a.png")
    assert np.array_equal(image.pixels, pixels)
    assert image.damage == ()
