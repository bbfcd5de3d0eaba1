"""An image opened from its bytes, its pixels not yet decoded, and what its header says."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePath

from PIL import Image
from PIL import ImageFile as PillowFile

from inpaintscan.errors import ImageError, first_line
from inpaintscan.images.content import FileContent
from inpaintscan.images.formats import HEAD_BYTES, find_formats, open_format
from inpaintscan.images.mend import first_exif, needed_chunks
from inpaintscan.images.names import show_path
from inpaintscan.images.pixels import jpeg_quality
from inpaintscan.images.rules import CEILING, Rules
from inpaintscan.images.structure import count_pages, read_markers
from inpaintscan.images.unread import refuse_raw

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for damaged files, and for pictures that do not fit in memory."""


class _OwnRules:
    """While any thread is inside: Pillow's limit is `CEILING`, and Pillow does not warn.

    Both are globals that belong to the caller's program, so they are put back. What Pillow warns
    of (odd metadata, mostly) does not change the pixels.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # frames left behind may be closed at any moment
        self._inside = 0
        self._limit = Image.MAX_IMAGE_PIXELS
        self._filter: object = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:  # Pillow refuses twice its limit
                self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, CEILING // 2
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


@contextmanager
def open_image(
    content: FileContent, rules: Rules
) -> Iterator[tuple[PillowFile.ImageFile, tuple[str, ...]]]:
    """Open an image, and say what of it was left out as damaged.

    Every failure, also of what is done with the image, becomes an `ImageError`.
    """
    try:
        with _OWN_RULES:
            image, damage = _identify(content)
            with image:
                rules.check_pixels(image.size, len(content.data), format_of(image))
                yield image, damage
    except ImageError as error:
        raise ImageError(f"{show_path(content.name)}: {error}") from error
    except DECODING_ERRORS as error:
        raise ImageError(f"{show_path(content.name)}: {_reason(error)}") from error


def _identify(content: FileContent) -> tuple[PillowFile.ImageFile, tuple[str, ...]]:
    """Return the image, its pixels not yet read, and what of it is damaged and left out."""
    reason = ""
    ending = PurePath(content.name).suffix
    for name in find_formats(content.data[:HEAD_BYTES], ending):
        data: bytes = content.data
        damage: tuple[str, ...] = ()
        if name == "PNG":
            data, damage = needed_chunks(data)
        elif name == "JPEG":
            data = first_exif(data)
        try:
            image = open_format(name, BytesIO(data))
        except DECODING_ERRORS as error:
            unread = _unread(name, content.data, error)
            reason = unread or f"damaged {name} file ({_why(error)})"
        else:
            refuse_raw(image, ending)
            return image, damage
    raise ImageError(reason)


def count_frames(image: PillowFile.ImageFile, data: bytes) -> int:
    """Return the number of frames; the second picture in a phone's JPEG (MPO) does not count."""
    if format_of(image) == "JPEG":
        return 1
    if image.format == "TIFF":
        return count_pages(data)
    try:
        return int(getattr(image, "n_frames", 1))
    except DECODING_ERRORS:
        return 1


def format_of(image: Image.Image) -> str:
    """Return the format's name, or nothing; a phone's JPEG with a second picture is a JPEG."""
    return "JPEG" if image.format == "MPO" else image.format or ""


def quality_of(image: Image.Image) -> int | None:
    """Return the JPEG quality 1 to 100, None for what has no such tables."""
    tables = getattr(image, "quantization", None)
    return jpeg_quality(tables) if tables else None


def _reason(error: BaseException) -> str:
    """Say in a few words why an image cannot be decoded."""
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    return f"damaged image ({_why(error)})"


def _unread(name: str, data: bytes, error: BaseException) -> str | None:
    """Return why a file is not read although it is sound, or None if it is damaged."""
    if name == "JPEG":
        return read_markers(data).unread
    unknown = str(error) == "unknown pixel mode" or isinstance(error.__cause__, LookupError)
    if name == "TIFF" and unknown:
        return "TIFF that is damaged, or of a kind of samples that is not read: save it with 8 bits"
    return None


def _why(error: BaseException) -> str:
    if "unpack" in str(error):  # struct's words, also where Pillow passes them on
        return "it ends in the middle of its header"
    if isinstance(error, Image.DecompressionBombError):
        return "it claims more pixels than are ever read"
    return first_line(error)
