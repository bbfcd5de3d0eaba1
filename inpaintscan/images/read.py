"""Read and hash one image file: pixels as displayed, or an error that says why not."""

from __future__ import annotations

import hashlib
import re
import struct
import threading
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from PIL import ImageFile as PillowFile

from inpaintscan.errors import ImageError
from inpaintscan.images.depth import brighten, depth_note, is_deep
from inpaintscan.images.libtiff import silence_libtiff
from inpaintscan.images.pixels import jpeg_quality, to_rgb
from inpaintscan.images.unread import refuse_raw, unread_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path, PurePath

    from numpy.typing import NDArray

MAX_PIXELS = 1_000_000_000
"""Pixels of the largest image that is read; a header that claims more is taken for a bomb."""

EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".avifs", ".heic", ".heif", ".hif"}
)
"""File name endings, lower case, that are taken for images in a directory."""

_XMP_TURNED = re.compile(rb"tiff:Orientation(?:=[\"']|>)[2-8]")
_REGISTERING = threading.Lock()

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise for damaged files."""


class _OwnRules:
    """While any thread is inside: Pillow's limit is `MAX_PIXELS`, and Pillow does not warn.

    Both are globals that belong to the caller's program, so they are put back. What Pillow warns
    of (odd metadata, mostly) does not change the pixels.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit = Image.MAX_IMAGE_PIXELS
        self._filter: object = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MAX_PIXELS
                warnings.filterwarnings("ignore", module=r"PIL\b")
                self._filter = warnings.filters[0]
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                Image.MAX_IMAGE_PIXELS = self._limit
                warnings.filters[:] = [f for f in warnings.filters if f is not self._filter]  # type: ignore[index]


_OWN_RULES = _OwnRules()


@dataclass(frozen=True, slots=True)
class ImagePixels:
    """One image, or one frame of an animation.

    `pixels` is uint8 (H, W, 3) RGB as displayed; `sha256` and `bytes` are the file's; `frame` is
    None for a still image; `notes` say what was left out or converted; `quality` is the JPEG
    quality 1 to 100, None for other formats.
    """

    pixels: NDArray[np.uint8]
    format: str
    sha256: str
    bytes: int
    frame: int | None = None
    frames: int = 1
    notes: tuple[str, ...] = ()
    quality: int | None = None


def hash_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file.

    Raises:
        ImageError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(f"{show_path(path)}: {_reason(error)}") from error


def show_path(path: PurePath | str) -> str:
    """Return a path for one line of text: undecodable bytes and control characters escaped."""
    text = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def read_image(
    path: Path, *, frame: int = 0, admit: Callable[[int], None] | None = None
) -> ImagePixels:
    """Read one frame of an image file as displayed.

    EXIF orientation is applied; CMYK, 16 bits, palette and transparency (on white) are converted
    to 8-bit RGB; colour profiles are not applied, so the samples stay those of the file.
    `admit` is called with the size of the pixels in bytes after the header was read and before
    anything is decoded; it may wait.

    Raises:
        ImageError: if the file is no image, damaged, unreadable, or over `MAX_PIXELS`.
    """
    with _opened(path) as image:
        if admit is not None:
            admit(image.width * image.height * 3)
        frames = _count_frames(image)
        if frame:
            image.seek(frame)
        return _read_frame(path, image, hash_file(path), frame, frames)


def read_frames(path: Path, *, first: int = 0) -> Iterator[ImagePixels]:
    """Read the frames of an image file one after the other, from number `first`.

    Raises:
        ImageError: as `read_image`, when the damaged frame is reached.
    """
    sha256 = hash_file(path)
    with _opened(path) as image:
        frames = _count_frames(image)
        for frame in range(first, frames):
            image.seek(frame)
            yield _read_frame(path, image, sha256, frame, frames)


def _read_frame(
    path: Path, image: PillowFile.ImageFile, sha256: str, frame: int, frames: int
) -> ImagePixels:
    picture, notes = _load(image, frame)
    orientation, orientation_note = read_orientation(image)
    pixels, conversion_notes = to_rgb(picture, orientation)
    notes += orientation_note + conversion_notes
    tables = getattr(image, "quantization", None)
    return ImagePixels(
        pixels=pixels,
        format="JPEG" if image.format == "MPO" else str(image.format),
        sha256=sha256,
        bytes=path.stat().st_size,
        frame=frame if frames > 1 else None,
        frames=frames,
        notes=notes,
        quality=jpeg_quality(tables) if tables else None,
    )


def _load(image: PillowFile.ImageFile, frame: int) -> tuple[Image.Image, tuple[str, ...]]:
    """Decode a frame; return it with the full range of its samples, and what was done for that."""
    file, deep = image.fp, is_deep(image)
    xmp = _take_xmp(image)  # Pillow turns a TIFF while it loads it, by what XMP says too
    turned = 0x0112 in getattr(image, "tag_v2", ())
    image.load()
    if not turned:
        image.info.update(xmp)
    if not deep:
        return image, ()

    def reopen() -> PillowFile.ImageFile:
        assert file is not None, "an image not yet loaded has its file"
        file.seek(0)
        again = type(image)(file, "")
        if frame:
            again.seek(frame)
        _take_xmp(again)
        return again

    picture, bits = brighten(image, reopen)
    return picture, (depth_note(bits),)


@contextmanager
def _opened(path: Path) -> Iterator[PillowFile.ImageFile]:
    """Open an image by its content, never by its name; turn every failure into an `ImageError`."""
    try:
        mode = path.stat().st_mode
        if not S_ISREG(mode):
            raise ImageError(f"{show_path(path)}: not a regular file")
        with path.open("rb") as file, _OWN_RULES:
            image = _identify(path, file)
            _refuse_raw(path, image)
            pixels = image.width * image.height
            if pixels > MAX_PIXELS:
                raise ImageError(
                    f"{show_path(path)}: {image.width} x {image.height} pixels is over the limit "
                    f"of {MAX_PIXELS // 1_000_000} megapixels; taken for a decompression bomb"
                )
            with image:
                yield image
    except _DAMAGE as error:
        raise ImageError(f"{show_path(path)}: {_reason(error)}") from error


def _identify(path: Path, file: object) -> PillowFile.ImageFile:
    """Return the image in an open file, its pixels not yet read.

    Not by `Image.open`, which would warn of, or refuse, sizes before we can say which file it is.
    """
    register_formats()
    prefix = file.read(64)  # type: ignore[attr-defined]
    if not prefix:
        raise ImageError(f"{show_path(path)}: the file is empty")
    damage = ""
    for name in _FORMATS:
        if name not in Image.OPEN:
            continue
        factory, accept = Image.OPEN[name]
        if accept is not None and accept(prefix) is not True:
            continue
        file.seek(0)  # type: ignore[attr-defined]
        try:
            return factory(file, "")  # type: ignore[arg-type]
        except _DAMAGE as error:
            damage = f"damaged {name} file ({_first_line(error)})"
    if not damage and is_heif(prefix) and "HEIF" not in Image.OPEN:
        damage = "HEIC needs one more package: pip install 'inpaintscan[heif]'"
    reason = damage or unread_reason(prefix, path.suffix) or "not an image that inpaintscan reads"
    raise ImageError(f"{show_path(path)}: {reason}")


def _refuse_raw(path: Path, image: PillowFile.ImageFile) -> None:
    try:
        refuse_raw(image, path.suffix)
    except ImageError as error:
        raise ImageError(f"{show_path(path)}: {error}") from error


def register_formats() -> None:
    """Make Pillow know its formats, and HEIC where pillow-heif is installed; safe in threads."""
    with _REGISTERING:  # Pillow registers format by format: no thread may see half of them
        _register_once()


@cache
def _register_once() -> None:
    Image.init()
    silence_libtiff()
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()


def is_heif(prefix: bytes) -> bool:
    """Tell whether a file that begins with `prefix` is HEIC or HEIF."""
    return prefix[4:8] == b"ftyp" and prefix[8:12] in {b"heic", b"heix", b"hevc", b"mif1", b"msf1"}


def _count_frames(image: PillowFile.ImageFile) -> int:
    """Return the number of frames; the second picture in a phone's JPEG (MPO) does not count."""
    if image.format in {"JPEG", "MPO"}:
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except _DAMAGE:
        return 1


def read_orientation(image: Image.Image) -> tuple[int, tuple[str, ...]]:
    """Return the EXIF orientation, 1 where there is none or it is damaged, and what to say of it.

    What XMP says of it is ignored, as browsers do; Pillow would take it.
    """
    xmp = _take_xmp(image)
    try:
        value = image.getexif().get(0x0112)
    except _DAMAGE:
        value = None
    finally:
        image.info.update(xmp)
    if isinstance(value, int) and 1 <= value <= 8:
        return value, ()
    turned = any(_XMP_TURNED.search(_to_bytes(packet)) for packet in xmp.values())
    return 1, ("orientation in XMP alone, ignored as browsers do",) if turned else ()


def _take_xmp(image: Image.Image) -> dict[Any, Any]:
    """Take XMP out of what Pillow knows of an image, and return it."""
    return {key: image.info.pop(key) for key in ("xmp", "XML:com.adobe.xmp") if key in image.info}


def _to_bytes(text: object) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")


def _reason(error: BaseException) -> str:
    """Say in a few words why a file cannot be read."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot read: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    return f"damaged image ({_first_line(error)})"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
