"""What a scanner takes besides paths: bytes, open files, PIL images and arrays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path, PurePath
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import ImageError, UsageError, first_line
from inpaintscan.findings import Finding
from inpaintscan.images import FileContent, ImageFile, find_images
from inpaintscan.images.opened import DECODING_ERRORS, format_of, quality_of
from inpaintscan.images.orientation import read_orientation
from inpaintscan.images.pixels import to_rgb
from inpaintscan.images.read import ImagePixels
from inpaintscan.scan.decode import Decoded, error_finding

Source: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image "
    "| NDArray[Any]"
)
"""A path, the bytes of an image file, a file open for reading bytes, a PIL image, or an array."""
Item: TypeAlias = ImageFile | Finding | Decoded


def find_sources(sources: Iterable[Source]) -> Iterator[Item]:
    """Yield what is to be scanned, in order: paths as `find_images` finds them, all else as it is.

    Raises:
        UsageError: if one is of another type.
    """
    for are_paths, group in groupby(sources, _is_path):
        if are_paths:
            yield from find_images(Path(path) for path in group)  # type: ignore[arg-type]
        else:
            yield from (to_item(source) for source in group)


def to_item(source: Source, name: str | None = None) -> Item:
    """Return one source as what is scanned; `name` is the path that its finding shows.

    Raises:
        UsageError: if it is of another type.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return ImageFile(path, name or str(path), PurePath(path.name), named=True)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return file_of_bytes(bytes(source), name or "<bytes>")
    if isinstance(source, (Image.Image, np.ndarray)):
        return _of_picture(source, name)
    if hasattr(source, "read"):
        return _of_file(source, name)
    raise UsageError(
        f"cannot scan a {type(source).__name__}: give a path, bytes, an open file, a PIL image or "
        "an array"
    )


def _is_path(source: Source) -> bool:
    return isinstance(source, (str, os.PathLike))


def file_of_bytes(data: bytes, name: str) -> ImageFile:
    """Return a file that was read already; `name` is the path that its finding shows."""
    content = FileContent(name, data, hashlib.sha256(data).hexdigest())
    return ImageFile(Path(name), name, PurePath(name), named=True, content=content)


def _of_file(file: IO[bytes], name: str | None) -> Item:
    shown = name or _name_of(getattr(file, "name", None), "<file>")
    try:
        data = file.read()
    except (OSError, ValueError) as error:  # a closed file raises the latter
        return Finding(shown, "error", error=f"cannot read: {error}")
    if not isinstance(data, bytes):
        raise UsageError(f"{shown}: opened as text; open it with mode 'rb'")
    return file_of_bytes(data, shown)


def _of_picture(picture: Image.Image | NDArray[Any], name: str | None) -> Item:
    kind = "<image>" if isinstance(picture, Image.Image) else "<array>"
    shown = name or _name_of(getattr(picture, "filename", None), kind)
    file = ImageFile(Path(shown), shown, PurePath(shown), named=True)
    try:
        pixels = read_picture(picture)
    except ImageError as error:
        return error_finding(file, error)
    return Decoded(file, FileContent(shown, b"", ""), pixels, ())


def _name_of(name: object, otherwise: str) -> str:
    """Return a name that an object brings, if it is the name of a file."""
    return str(name) if isinstance(name, (str, os.PathLike)) and str(name) else otherwise


def read_picture(picture: Image.Image | NDArray[Any]) -> ImagePixels:
    """Return the pixels of a picture as displayed; there is no file, so `sha256` is empty.

    An array is uint8, (H, W) grey, (H, W, 3) RGB or (H, W, 4) with alpha. All is converted as that
    of a file is.

    Raises:
        ImageError: if it cannot be decoded, or the array is none of these.
    """
    image = picture if isinstance(picture, Image.Image) else _from_array(picture)
    try:
        image.load()
        orientation, turn_notes = read_orientation(image)
        pixels, notes = to_rgb(image, orientation)
        quality = quality_of(image)
    except DECODING_ERRORS as error:
        raise ImageError(f"cannot decode this picture ({first_line(error)})") from error
    notes = (*turn_notes, *notes)
    return ImagePixels(pixels, format_of(image), sha256="", bytes=0, notes=notes, quality=quality)


def _from_array(array: NDArray[Any]) -> Image.Image:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in {2, 3} or channels not in {1, 3, 4}:
        raise ImageError(
            f"an array of {array.dtype} {array.shape}: give uint8, (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise ImageError(f"an array without pixels: {array.shape}")
    return Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array)
