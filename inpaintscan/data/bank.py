"""Decoded pixels of many images in one file on disk, so that a crop costs a copy, not a decode."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from inpaintscan.data.windows import Pixels
from inpaintscan.errors import DataError, ImageError
from inpaintscan.files import replacing, write_text
from inpaintscan.images import read_image


class PixelBank:
    """Images as uint8 RGB behind a memory map; workers share its pages.

    `image(i)` is a read-only view (H, W, 3) of image `i` of the `paths` it was made from.
    """

    def __init__(self, file: Path, shapes: Sequence[tuple[int, int]]) -> None:
        self.file = file
        self.shapes = list(shapes)
        sizes = [height * width * 3 for height, width in shapes]
        self.offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._pixels: Pixels | None = None

    def __len__(self) -> int:
        return len(self.shapes)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_pixels": None}

    def image(self, index: int) -> Pixels:
        """Return image `index`, uint8 (H, W, 3), read-only."""
        if self._pixels is None:
            self._pixels = np.memmap(self.file, dtype=np.uint8, mode="r")
        height, width = self.shapes[index]
        return self._pixels[self.offsets[index] : self.offsets[index + 1]].reshape(height, width, 3)


def make_bank(paths: Sequence[Path], folder: Path) -> PixelBank:
    """Decode `paths` into `folder`, or take the bank of the same files that is there already.

    Raises:
        DataError: if an image cannot be read.
    """

    def decode_all() -> Iterator[Pixels]:
        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(_decode, paths)

    return write_bank("".join(stamp(path) for path in paths), decode_all, folder)


def write_bank(content: str, pictures: Callable[[], Iterable[Pixels]], folder: Path) -> PixelBank:
    """Write pictures, uint8 (H, W, 3), into `folder`, unless a bank of the same `content` is there.

    `pictures` is called only if it is not.
    """
    key = hashlib.sha256(os.fsencode(content)).hexdigest()[:16]
    pixels, index = folder / f"pixels-{key}.u8", folder / f"pixels-{key}.json"
    if not index.exists():
        shapes: list[tuple[int, ...]] = []
        with replacing(pixels) as temporary, temporary.open("wb") as file:
            for picture in pictures():
                shapes.append(picture.shape[:2])
                file.write(np.ascontiguousarray(picture).tobytes())
        write_text(index, json.dumps(shapes))
    known = [(int(height), int(width)) for height, width in json.loads(index.read_text())]
    return PixelBank(pixels, known)


def stamp(path: Path) -> str:
    """Return what tells one state of a file from another: place, size, time of change."""
    status = path.stat()
    return f"{path.resolve()} {status.st_size} {status.st_mtime_ns}\n"


def _decode(path: Path) -> Pixels:
    try:
        return read_image(path).pixels
    except ImageError as error:
        raise DataError(f"{path}: cannot be trained on: {error}") from error
