"""Pictures that are in memory already: what Pillow opened, and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inpaintscan.errors import ImageError, first_line
from inpaintscan.images.opened import DECODING_ERRORS
from inpaintscan.images.orientation import read_orientation
from inpaintscan.images.pixels import jpeg_quality, to_rgb
from inpaintscan.images.read import ImagePixels


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
        tables = getattr(image, "quantization", None)
        quality = jpeg_quality(tables) if tables else None
    except DECODING_ERRORS as error:
        raise ImageError(f"cannot decode this picture ({first_line(error)})") from error
    name = "JPEG" if image.format == "MPO" else image.format or ""
    return ImagePixels(
        pixels, name, sha256="", bytes=0, notes=(*turn_notes, *notes), quality=quality
    )


def _from_array(array: NDArray[Any]) -> Image.Image:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in {2, 3} or channels not in {1, 3, 4}:
        raise ImageError(
            f"an array of {array.dtype} {array.shape}: give uint8, (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise ImageError(f"an array without pixels: {array.shape}")
    return Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array)
