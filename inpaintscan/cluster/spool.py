"""The images of a run, on disk instead of in memory: a hundred million names take no room."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator

from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile


class Spool:
    """What `find_images` and `find_uri` found, written to a temporary file and read from there."""

    def __init__(self, items: Iterable[ImageFile | Finding]) -> None:
        self._count = 0
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115  it goes with the spool
        weakref.finalize(self, self._file.close)
        for item in items:
            pickle.dump(item, self._file)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ImageFile | Finding]:
        """Read from the start; any number of iterations, also at the same time."""
        place = 0
        for _ in range(self._count):
            self._file.seek(place)
            item: ImageFile | Finding = pickle.load(self._file)  # noqa: S301 (nobody else writes it)
            place = self._file.tell()
            yield item
