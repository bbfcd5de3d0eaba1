"""Decode an image from its bytes: pixels as displayed, or an error that says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL import ImageFile as PillowFile

from inpaintscan.errors import ImageError
from inpaintscan.findings import Finding
from inpaintscan.images.content import FileContent, read_content
from inpaintscan.images.depth import brighten, coded_note, depth_note, is_deep
from inpaintscan.images.formats import open_format
from inpaintscan.images.mend import CUT_OFF, END_OF_IMAGE, MOST_MISSING, missing_rows
from inpaintscan.images.opened import count_frames, format_of, open_image, quality_of
from inpaintscan.images.orientation import load_turned, read_orientation, take_xmp
from inpaintscan.images.pixels import as_displayed, to_rgb
from inpaintscan.images.rules import ALREADY_READ, DEFAULT_RULES, Rules
from inpaintscan.images.structure import read_markers

MOST_FRAMES = 10_000
"""Frames that are read of one file."""


@dataclass(frozen=True, slots=True)
class ImagePixels:
    """One image, or one frame of an animation.

    `pixels` is uint8 (H, W, 3) RGB as displayed; `sha256` and `bytes` are the file's; `frame` is
    None for a still image; `notes` say what was left out or converted, `damage` what is wrong with
    the file although it can be shown; `quality` is the JPEG quality 1 to 100, None for other
    formats.
    """

    pixels: NDArray[np.uint8]
    format: str
    sha256: str
    bytes: int
    frame: int | None = None
    frames: int = 1
    notes: tuple[str, ...] = ()
    quality: int | None = None
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file says of its image before anything is decoded; the size is as displayed."""

    format: str
    size_hw: tuple[int, int]
    bytes: int
    quality: int | None


def read_image(path: Path) -> ImagePixels:
    """Read an image file, of an animation the first frame, as displayed; it is opened once.

    Raises:
        ImageError: if the file is no image, damaged, unreadable, or over the limit.
    """
    return decode_image(read_content(path))


def read_header(path: Path) -> ImageHeader:
    """Read format, size and quality of an image file, not its pixels.

    Raises:
        ImageError: if the file is no image, or cannot be read.
    """
    content = read_content(path)
    with open_image(content, DEFAULT_RULES) as (image, _):
        # Pillow gives the size of a TIFF as displayed, of all others as stored.
        turned = image.format != "TIFF" and read_orientation(image)[0] >= 5
        size_hw = (image.width, image.height) if turned else (image.height, image.width)
        return ImageHeader(format_of(image), size_hw, len(content.data), quality_of(image))


def read_levels(path: Path) -> NDArray[np.generic]:
    """Read an image file as grey levels as displayed, (H, W), in the range of the file.

    Of a palette the colours do not count: what is not its first entry is 255.

    Raises:
        ImageError: if the file is no image, damaged, or over the limit.
    """
    with open_image(read_content(path), DEFAULT_RULES) as (image, _):
        load_turned(image)
        deep = image.mode.startswith(("I", "F"))
        indexed = image.mode == "P"
        stored = np.asarray(image if deep or indexed else image.convert("L"))
        if indexed:
            stored = np.where(stored > 0, 255, 0)
        return as_displayed(stored, read_orientation(image)[0])


@dataclass(slots=True)
class _Place:
    """At which of how many frames an image stands, and the same image opened once more."""

    frame: int
    frames: int
    twin: PillowFile.ImageFile | None = None

    def open_twin(self, image: PillowFile.ImageFile, stream: IO[bytes]) -> PillowFile.ImageFile:
        """Return the twin at the same frame; it goes on from the last one, not from the first."""
        if self.twin is None:
            stream.seek(0)
            self.twin = type(image)(stream, "")
        if self.frame:
            self.twin.seek(self.frame)
        take_xmp(self.twin)
        return self.twin


def decode_image(
    content: FileContent,
    *,
    frame: int = 0,
    admit: Callable[[int], None] | None = None,
    rules: Rules = DEFAULT_RULES,
    least_side: int | None = None,
) -> ImagePixels:
    """Decode one frame of an image as displayed.

    EXIF orientation is applied; CMYK, 16 bits, palette and transparency (on white) are converted
    to 8-bit RGB; colour profiles are not applied, so the samples stay those of the file.
    `admit` is called with the size of the pixels in bytes after the header was read and before
    anything is decoded; it may wait. With `least_side` a JPEG comes at 1/2, 1/4 or 1/8 of its
    size, but no smaller than so many pixels on both sides, which is several times faster.

    Raises:
        ImageError: if the bytes are no image, damaged, or over the limit of `rules`.
    """
    with open_image(content, rules) as (image, damage):
        if admit is not None:
            admit(image.width * image.height * 3)
        frames = count_frames(image, content.data)
        if frame:
            image.seek(frame)
        if least_side is not None:
            image.draft(None, (least_side, least_side))
        return _decode(image, content, rules, _Place(frame, frames), damage)


def decode_frames(
    content: FileContent, *, first: int = 0, rules: Rules = DEFAULT_RULES
) -> Iterator[ImagePixels]:
    """Decode the frames of an image one after the other, from number `first`.

    Raises:
        ImageError: as `decode_image`, when the damaged frame is reached; and after `MOST_FRAMES`.
    """
    with open_image(content, rules) as (image, damage):
        frames = count_frames(image, content.data)
        place = _Place(first, frames)
        for place.frame in range(first, min(frames, MOST_FRAMES)):
            image.seek(place.frame)
            yield _decode(image, content, rules, place, damage)
        if frames > MOST_FRAMES:
            raise ImageError(f"{frames:,} frames; only the first {MOST_FRAMES:,} are read")


class PixelsAgain:
    """Decodes pictures of findings that kept the bytes of their file once more.

    The frames of one file are decoded one after the other: to begin with the first for each would
    take time with the square of their number.
    """

    def __init__(self) -> None:
        self._content: bytes | None = None
        self._next = 0
        self._frames: Iterator[ImagePixels] = iter(())

    def read(self, finding: Finding, *, least_side: int | None = None) -> NDArray[np.uint8]:
        """Return uint8 (H, W, 3); `least_side` as in `decode_image`.

        Raises:
            ImageError: if the bytes were not kept, or they cannot be decoded again.
        """
        if finding.content is None:
            raise ImageError("the bytes of the file were not kept")
        content = FileContent(finding.path, finding.content, finding.sha256 or "")
        if finding.frame is None:
            return decode_image(content, rules=ALREADY_READ, least_side=least_side).pixels
        if self._content is not finding.content or self._next != finding.frame:
            self._frames = decode_frames(content, first=finding.frame, rules=ALREADY_READ)
        self._content, self._next = finding.content, finding.frame + 1
        try:
            image = next(self._frames, None)
        except ImageError:
            self._content = None  # the next frame may be sound
            raise
        if image is None:
            raise ImageError(f"there is no frame {finding.frame}")
        return image.pixels


def _decode(
    image: PillowFile.ImageFile,
    content: FileContent,
    rules: Rules,
    place: _Place,
    damage: tuple[str, ...],
) -> ImagePixels:
    """Decode the frame at which an image stands."""
    rules.check_pixels(image.size, len(content.data), format_of(image))
    stream, deep = image.fp, is_deep(image)
    coded_notes = coded_note(image, content.data)
    image, cut = _load(image, content)
    picture, depth_notes = _full_range(image, stream, place) if deep else (image, ())
    orientation, turn_notes = read_orientation(image)
    pixels, notes = to_rgb(picture, orientation)
    if cut:
        damage = (*damage, _cut_text(pixels))
    if damage and rules.strict:
        raise ImageError(f"{damage[0]} (refused by --strict)")
    return ImagePixels(
        pixels=pixels,
        format=format_of(image),
        sha256=content.sha256,
        bytes=len(content.data),
        frame=place.frame if place.frames > 1 else None,
        frames=place.frames,
        notes=(*coded_notes, *depth_notes, *turn_notes, *notes),
        quality=quality_of(image),
        damage=damage,
    )


def _load(image: PillowFile.ImageFile, content: FileContent) -> tuple[PillowFile.ImageFile, bool]:
    """Decode the pixels of an image; a JPEG that ends early is opened anew with an end.

    Returns the image that holds the pixels, and whether it is such a JPEG.
    """
    size = image.size
    try:
        load_turned(image)
    except OSError as error:
        if format_of(image) != "JPEG":
            raise
        unread = read_markers(content.data).unread
        if unread is not None:
            raise ImageError(unread) from error
        if "truncated" not in str(error):
            raise
        image = open_format("JPEG", BytesIO(content.data + END_OF_IMAGE))
        image.draft(None, size)
        image.load()
        return image, True
    return image, format_of(image) == "JPEG" and not read_markers(content.data).has_end


def _full_range(
    image: PillowFile.ImageFile, stream: IO[bytes] | None, place: _Place
) -> tuple[Image.Image, tuple[str, ...]]:
    """Return a loaded picture of 16 bits a sample with the full range of 8, and what to say."""
    assert stream is not None, "an image not yet loaded has its stream"
    picture, bits = brighten(image, lambda: place.open_twin(image, stream))
    return picture, (depth_note(bits),)


def _cut_text(pixels: NDArray[np.uint8]) -> str:
    """Say how much is missing.

    Raises:
        ImageError: if it is so much that there is little left to look at.
    """
    missing = missing_rows(pixels)
    if missing > MOST_MISSING:
        share = f"the last {missing:.0%} of its rows are missing"
        raise ImageError(f"damaged image (the file is cut off: {share})")
    if missing == 0.0:
        return CUT_OFF
    return f"the file is cut off: the last {missing:.0%} of the rows are missing, shown grey"
