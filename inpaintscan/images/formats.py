"""The image formats that are read, told by a file's first bytes, never by its name."""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import BytesIO

from PIL import Image, _imaging
from PIL import ImageFile as PillowFile

from inpaintscan.errors import ImageError
from inpaintscan.images.unread import is_canon_raw, unread_reason

EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".avifs", ".heic", ".heif", ".hif"}
)
"""File name endings, lower case, that are taken for images in a directory."""
HEAD_BYTES = 64
"""How much of a file's beginning tells its format."""

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
_PLUGINS = ("Jpeg", "Png", "WebP", "Tiff", "Bmp", "Gif", "Avif")
"""The readers of Pillow that are used: `Image.init` would load forty more."""
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_REGISTERING = threading.Lock()


def find_formats(head: bytes, ending: str = "") -> tuple[str, ...]:
    """Return Pillow's names of the formats that a file beginning with `head` may have.

    Raises:
        ImageError: if there is none, or what reads it is not installed. The `ending` of the file's
            name, with the dot, helps to say what it is instead.
    """
    register_formats(heif=is_heif(head))
    if not head:
        raise ImageError("the file is empty")
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"CgBI":
        raise ImageError(
            "an Apple CgBI file, which only looks like a PNG: Xcode packs the pictures of iPhone "
            "apps so; turn it back with pngcrush -revert-iphone-optimizations"
        )
    known = () if is_canon_raw(head) else _FORMATS
    names = tuple(name for name in known if name in Image.OPEN and _accepts(name, head))
    if not names and is_heif(head):
        raise ImageError("HEIC is read by a package that is missing: pip install pillow-heif")
    if not names:
        raise ImageError(unread_reason(head, ending) or "not an image that inpaintscan reads")
    return names


def open_format(name: str, stream: BytesIO) -> PillowFile.ImageFile:
    """Return the image in a stream, its pixels not yet read.

    Not by `Image.open`, which would warn of sizes, or refuse them, by rules of its own.
    """
    stream.seek(0)
    return Image.OPEN[name][0](stream, "")


def register_formats(*, heif: bool = True) -> None:
    """Make Pillow know the formats; safe in threads. HEIC only if asked for: it is slow to load."""
    with _REGISTERING:  # they are registered one by one: no thread may see half of them
        _register_pillow()
        if heif:
            _register_heif()


@cache
def _register_pillow() -> None:
    for plugin in _PLUGINS:
        with suppress(ImportError):  # Pillow 11 has no AVIF
            import_module(f"PIL.{plugin}ImagePlugin")
    _silence_libtiff()


@cache
def _register_heif() -> None:
    with suppress(ImportError):  # there is no build of it for this machine: all else is still read
        from pillow_heif import register_heif_opener

        register_heif_opener()


def _silence_libtiff() -> None:
    """Let the library that decodes compressed TIFF files say nothing on standard error.

    It prints there itself, past Python, what is wrong with a damaged file; Pillow raises the error
    too. Where Pillow's copy of it is hidden, nothing is done.
    """
    try:
        library = ctypes.CDLL(_imaging.__file__)  # found again, and with it what it is linked to
    except OSError:
        return
    for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        handler = getattr(library, name, None)
        if handler is not None:
            handler.restype = ctypes.c_void_p
            handler(ctypes.c_void_p(None))


def _accepts(name: str, head: bytes) -> bool:
    accept = Image.OPEN[name][1]
    return accept is None or accept(head) is True


def is_heif(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is HEIC or HEIF."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
