"""The batches of a loader, and what its workers could not read in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from inpaintscan.errors import DataError, InpaintscanError

T = TypeVar("T")


def read_batches(loader: Iterable[T]) -> Iterator[T]:
    """Yield the batches of a loader.

    Raises:
        DataError: with the one line of a worker's error, before which torch puts its traceback.
    """
    try:
        yield from loader
    except InpaintscanError as error:
        line = str(error).rpartition(f"{type(error).__name__}: ")[2].strip()
        raise DataError(line) from error
