"""Files that appear whole or not at all, and their hashes."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENCODING_ERRORS = "backslashreplace"
"""A file name that is no Unicode keeps its bytes as `\\udcXX`, which JSON reads back."""
_KEPT = 40
"""Letters of a name that its temporary one keeps: a file system takes 255 bytes in all."""
_numbers = itertools.count()


def temporary_name(path: Path) -> Path:
    """Return a hidden name in the folder of `path` that nobody else writes to: `.NAME.*.tmp`."""
    return path.with_name(f".{path.name[:_KEPT]}.{os.getpid()}-{next(_numbers)}.tmp")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name to write to, which in the end takes the place of `path`.

    The folder is made if need be. After an error, Ctrl-C included, nothing is left behind and
    `path` is what it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8, line ends as they are, whole or not at all."""
    write_bytes(path, text.encode("utf-8", ENCODING_ERRORS))


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
