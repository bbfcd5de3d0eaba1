"""A file's bytes, read once: its hash, its pixels and its metadata are all taken from these."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG

from inpaintscan.errors import ImageError
from inpaintscan.images.formats import HEAD_BYTES, find_formats
from inpaintscan.images.names import show_path
from inpaintscan.images.rules import DEFAULT_RULES, Rules

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file held when it was read. `name` is its path, for messages."""

    name: str
    data: bytes = field(repr=False)
    sha256: str


def read_content(
    path: Path, *, rules: Rules = DEFAULT_RULES, admit: Callable[[int], None] | None = None
) -> FileContent:
    """Read an image file, opened once. What begins like no image is not read further.

    `admit` is called with the file's size before its bytes are read; it may wait.

    Raises:
        ImageError: if the file cannot be read, is no image, or is too large for one.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD_BYTES)
        try:
            find_formats(head, path.suffix)
            rules.check_bytes(size)
        except ImageError as error:
            raise ImageError(f"{show_path(path)}: {error}") from error
        if admit is not None:
            admit(size)
        data = head + file.read(size)
    if len(data) != size:
        raise ImageError(f"{show_path(path)}: changed while it was read")
    return FileContent(str(path), data, hashlib.sha256(data).hexdigest())


def hash_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file of any kind and size.

    Raises:
        ImageError: if it cannot be read.
    """
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file; a pipe or a device is not waited for."""
    try:
        if not S_ISREG(path.stat().st_mode):
            raise ImageError(f"{show_path(path)}: not a regular file")
        with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
            if not S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ImageError(f"{show_path(path)}: not a regular file")
            yield file
    except OSError as error:
        reason = f"cannot read: {error.strerror or error}"
        raise ImageError(f"{show_path(path)}: {reason}") from error
    except ValueError as error:  # a NUL in the name, or text that no file system can hold
        raise ImageError(f"{show_path(path)}: no file can have this name ({error})") from error
    except MemoryError as error:
        raise ImageError(f"{show_path(path)}: not enough memory to read it") from error
