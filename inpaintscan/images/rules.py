"""What is read and what is refused: how many pixels, how large a file, how damaged."""

from __future__ import annotations

from dataclasses import dataclass

from inpaintscan.errors import ImageError

MEGAPIXEL = 1_000_000
MAX_PIXELS = 250 * MEGAPIXEL
"""Pixels of the largest image that is read unless `--max-pixels` says otherwise."""
CEILING = 2_000 * MEGAPIXEL
"""The highest `--max-pixels`: no image beyond it is read."""

_SMALL_SHARE = 8
"""An image of up to 1/8 of the limit may come from a file of any size."""
_PIXELS_A_BYTE = {"JPEG": 1_000, "MPO": 1_000, "GIF": 4_000}
"""What a byte of each format can hold at most; a Huffman code of JPEG takes a bit, a block has
two and 64 samples, of which colour planes have a quarter."""
_DENSEST = 10_000
"""The same for all others: deflate packs 1,032 bytes into one, each of 8 pixels of one bit."""
_FREE_BYTES = 64 * 1024 * 1024
_BYTES_A_PIXEL = 8
"""16 bits for each of four channels, uncompressed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How much is read: `max_pixels` bounds memory, `strict` refuses damage browsers forgive."""

    max_pixels: int = MAX_PIXELS
    strict: bool = False
    advice: str = "--max-pixels raises it"
    """What to do about an image that is over the limit."""

    def check_pixels(self, size_wh: tuple[int, int], file_bytes: int, format_name: str) -> None:
        """Check the size that a header claims against the limit, and against the file's size.

        Raises:
            ImageError: naming the option that raises the limit.
        """
        width, height = size_wh
        pixels = width * height
        if pixels > self.max_pixels:
            limit = f"over the limit of {_mega(self.max_pixels)} megapixels"
            raise ImageError(f"{width} x {height} pixels is {limit}; {self.advice}")
        held = file_bytes * _PIXELS_A_BYTE.get(format_name, _DENSEST)
        small = self.max_pixels // _SMALL_SHARE
        if pixels > max(small, held):
            raise ImageError(
                f"{width} x {height} pixels from {file_bytes:,} bytes: taken for a decompression "
                f"bomb; of so small a file {_mega(small)} megapixels are read; {self.advice}"
            )

    def check_bytes(self, file_bytes: int) -> None:
        """Check that a file is no larger than an image of the most pixels can be.

        Raises:
            ImageError: naming the option that raises the limit.
        """
        limit = _FREE_BYTES + _BYTES_A_PIXEL * self.max_pixels
        if file_bytes > limit:
            raise ImageError(
                f"a file of {_mega(file_bytes)} MB is over the limit of {_mega(limit)} MB; "
                f"{self.advice}"
            )


DEFAULT_RULES = Rules(advice="make it smaller first")
"""For what reads data sets and photos to learn from, which has no such option."""
ALREADY_READ = Rules(max_pixels=CEILING)
"""For pixels that are decoded a second time, from bytes that passed stricter rules."""


def _mega(number: int) -> str:
    return f"{number / MEGAPIXEL:,.0f}" if number >= 10 * MEGAPIXEL else f"{number / MEGAPIXEL:.3g}"
