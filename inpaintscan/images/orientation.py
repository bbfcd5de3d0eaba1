"""How a picture is turned to be displayed: by EXIF, as browsers do, never by XMP."""

from __future__ import annotations

import re
from typing import Any

from PIL import Image
from PIL import ImageFile as PillowFile

from inpaintscan.images.opened import DECODING_ERRORS

_XMP_TURNED = re.compile(rb"tiff:Orientation(?:=[\"']|>)[2-8]")


def read_orientation(image: Image.Image) -> tuple[int, tuple[str, ...]]:
    """Return the EXIF orientation, 1 where there is none or it is damaged, and what to say of it.

    What XMP says of it is ignored, as browsers do; Pillow would take it.
    """
    xmp = take_xmp(image)
    try:
        value = _read_exif(image).get(0x0112)
    except DECODING_ERRORS:
        value = None
    finally:
        image.info.update(xmp)
    if isinstance(value, int) and 1 <= value <= 8:
        return value, ()
    turned = any(_XMP_TURNED.search(_to_bytes(packet)) for packet in xmp.values())
    return 1, ("orientation in XMP alone, ignored as browsers do",) if turned else ()


def load_turned(image: PillowFile.ImageFile) -> None:
    """Decode an image's pixels; Pillow turns those of a TIFF as EXIF says, not as XMP does."""
    xmp = take_xmp(image)
    turned = 0x0112 in getattr(image, "tag_v2", ())
    image.load()
    if not turned:
        image.info.update(xmp)


def take_xmp(image: Image.Image) -> dict[Any, Any]:
    """Take XMP out of what Pillow knows of an image, and return it."""
    return {key: image.info.pop(key) for key in ("xmp", "XML:com.adobe.xmp") if key in image.info}


def _read_exif(image: Image.Image) -> Image.Exif:
    """Return what EXIF says; of a JPEG anew, as Pillow may have joined XMP to it when it opened."""
    data = image.info.get("exif")
    if image.format not in {"JPEG", "MPO"} or not isinstance(data, bytes):
        return image.getexif()
    exif = Image.Exif()
    exif.load(data)
    return exif


def _to_bytes(text: object) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
