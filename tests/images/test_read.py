"""Pixels as displayed from every kind of file, and clear errors from the broken ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.errors import ImageError
from inpaintscan.files import sha256_of
from inpaintscan.images import (
    ImagePixels,
    decode_frames,
    decode_image,
    hash_file,
    read_content,
    read_image,
    show_path,
)

LOSSY = 12
CASES = [
    # file, colour ("rgb" or "grey"), largest difference allowed, what the notes mention
    ("rgb.png", "rgb", 0, ""),
    ("grey.png", "luma", 0, ""),
    ("palette.png", "rgb", 90, ""),
    ("16-bit.png", "red", 0, "16 bits"),
    ("16-bit.tif", "red", 0, "16 bits"),
    ("32-bit.tif", "red", 0, "values 0 to 255"),
    ("float.tif", "red", 0, "values 0 to 1"),
    ("cmyk.jpg", "rgb", 40, "CMYK"),
    ("cmyk.tif", "rgb", 1, "CMYK"),
    ("progressive.jpg", "rgb", LOSSY, ""),
    ("plain.bmp", "rgb", 0, ""),
    ("plain.webp", "rgb", 0, ""),
    ("plain.avif", "rgb", LOSSY, ""),
    ("plain.heic", "rgb", LOSSY, ""),
    ("wrong-ending.jpg", "rgb", 0, ""),
    ("animated.gif", "rgb", 60, ""),
    ("animated.webp", "rgb", 0, ""),
    ("animated.png", "rgb", 0, ""),
    ("pages.tif", "rgb", 0, ""),
]


@pytest.fixture(scope="module")
def expected(zoo: dict[str, Path]) -> dict[str, np.ndarray]:
    with Image.open(zoo["rgb.png"]) as image:
        rgb = np.asarray(image.convert("RGB"))
        luma = np.asarray(image.convert("L"))
    return {
        "rgb": rgb,
        "red": np.repeat(rgb[..., :1], 3, axis=2),
        "luma": np.repeat(luma[..., None], 3, axis=2),
    }


@pytest.mark.parametrize(("name", "colour", "tolerance", "note"), CASES)
def test_pixels_are_those_displayed(
    zoo: dict[str, Path],
    expected: dict[str, np.ndarray],
    name: str,
    colour: str,
    tolerance: int,
    note: str,
) -> None:
    image = read_image(zoo[name])
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape == (32, 48, 3)
    assert np.abs(image.pixels.astype(int) - expected[colour]).max() <= tolerance
    assert note in " ".join(image.notes)
    assert (image.sha256, image.bytes) == (sha256_of(zoo[name]), zoo[name].stat().st_size)


@pytest.mark.parametrize(
    ("name", "lossless"),
    [
        ("rotated.jpg", False),
        ("rotated.png", True),
        ("rotated.webp", True),
        ("rotated.tif", True),
    ],
)
def test_exif_rotation_is_applied(
    zoo: dict[str, Path], expected: dict[str, np.ndarray], name: str, lossless: bool
) -> None:
    pixels = read_image(zoo[name]).pixels
    assert pixels.shape == (48, 32, 3)
    turned = np.rot90(expected["rgb"], k=-1)  # orientation 6: turn clockwise to display
    assert np.abs(pixels.astype(int) - turned).max() <= (0 if lossless else LOSSY)


@pytest.mark.parametrize("name", ["rgba.png", "la.png"])
def test_transparency_is_shown_on_white(zoo: dict[str, Path], name: str) -> None:
    image = read_image(zoo[name])
    assert (image.pixels[:16] == 255).all()
    assert (image.pixels[16:, 0] < 255).any()
    assert image.notes == ("transparency shown on white",)


@pytest.mark.parametrize("name", ["palette-alpha.png", "grey-key.png", "one-bit.png"])
def test_small_pixel_modes_are_read(zoo: dict[str, Path], name: str) -> None:
    assert read_image(zoo[name]).pixels.shape == (32, 48, 3)


def test_every_animal_of_the_zoo_is_read(zoo: dict[str, Path]) -> None:
    for name, path in zoo.items():
        image = read_image(path)
        assert image.pixels.flags.c_contiguous, name
        assert image.format in {"JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"}, name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("truncated.jpg", "damaged image"),
        ("truncated.png", "damaged image"),
        ("header-only.jpg", "damaged"),
        ("zero-bytes.png", "the file is empty"),
        ("text.jpg", "not an image"),
        (
            "bomb.png",
            "60000 x 60000 pixels is over the limit of 250 megapixels; make it smaller first",
        ),
        ("nan.tif", "not all finite"),
    ],
)
def test_a_broken_file_says_what_is_wrong(broken: dict[str, Path], name: str, message: str) -> None:
    with pytest.raises(ImageError) as caught:
        read_image(broken[name])
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{broken[name]}: ")
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="No such file"):
        read_image(tmp_path / "absent.jpg")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="No such file"):
        hash_file(tmp_path / "absent.jpg")


def test_a_named_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path / "pipe.jpg")


def test_a_file_without_permission_is_an_error(
    zoo: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so modes do not help
    with pytest.raises(ImageError, match="cannot read: Permission denied"):
        read_image(zoo["rgb.png"])


def frames_of(path: Path, first: int = 0) -> Iterator[ImagePixels]:
    return decode_frames(read_content(path), first=first)


def test_frames_come_one_by_one(zoo: dict[str, Path]) -> None:
    frames = list(frames_of(zoo["animated.webp"]))
    content = read_content(zoo["animated.webp"])
    assert [image.frame for image in frames] == [0, 1, 2]
    for number, image in enumerate(frames):
        assert np.array_equal(image.pixels, np.roll(frames[0].pixels, 8 * number, axis=1))
        assert np.array_equal(decode_image(content, frame=number).pixels, image.pixels)
    assert [image.frame for image in frames_of(zoo["animated.gif"], first=1)] == [1, 2]
    assert [image.frame for image in frames_of(zoo["rgb.png"])] == [None]
    with pytest.raises(ImageError):
        decode_image(read_content(zoo["animated.gif"]), frame=3)


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 95])
def test_jpeg_quality_is_estimated(tmp_path: Path, photos: dict[str, Path], quality: int) -> None:
    with Image.open(photos["rocket"]) as photo:
        photo.save(tmp_path / "photo.jpg", quality=quality)
    found = read_image(tmp_path / "photo.jpg").quality
    assert found is not None
    assert abs(found - quality) <= 1


def test_the_size_is_admitted_before_decoding(zoo: dict[str, Path]) -> None:
    amounts: list[int] = []
    decode_image(read_content(zoo["rotated.png"]), admit=amounts.append)
    assert amounts == [32 * 48 * 3]


def test_pillows_globals_are_left_as_they_were(
    zoo: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # smaller than the image
    with ThreadPoolExecutor(4) as pool:
        shapes = {image.pixels.shape for image in pool.map(read_image, [zoo["rgb.png"]] * 20)}
    assert shapes == {(32, 48, 3)}
    assert Image.MAX_IMAGE_PIXELS == 100


def test_more_than_100_megapixels_is_legal(tmp_path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(tmp_path / "large.png")
    sizes: list[int] = []

    def stop(size: int) -> None:
        sizes.append(size)
        raise ImageError("enough")

    with pytest.raises(ImageError, match="enough"):
        decode_image(read_content(tmp_path / "large.png"), admit=stop)
    assert sizes == [600_000_000]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Zürich 写真.jpg", "Zürich 写真.jpg"),
        ("a\udcffb.jpg", r"a\xffb.jpg"),
        ("two\nlines\x1b[31m.jpg", r"two\nlines\x1b[31m.jpg"),
    ],
)
def test_paths_are_shown_on_one_line(path: str, shown: str) -> None:
    assert show_path(path) == shown
