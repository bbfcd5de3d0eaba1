"""The images between decoding and their findings: batches across them, findings in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Finding
from inpaintscan.scan.assemble import ImageScan
from inpaintscan.scan.predict import Predictor
from inpaintscan.scan.tiles import Tile
from inpaintscan.scan.verdict import LimitTable

MAX_IMAGES = 256
"""Most images that wait for a batch to fill."""
MAX_BYTES = 256 * 1024 * 1024
"""Most bytes of tiles that wait for a batch to fill, and most bytes of files kept beside."""

_Waiting = tuple[ImageScan, "Tile", "NDArray[np.uint8]"]


Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Buckets(Generic[Key, Item]):
    """Items gathered by key; a bucket is handed out when full, or as the oldest.

    What is handed out depends only on the order in which items came.
    """

    def __init__(self, limit: Callable[[Key], int]) -> None:
        self._limit = limit
        self._items: dict[Key, list[Item]] = {}  # in the order of each bucket's first item
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: Key, item: Item) -> list[Item] | None:
        """Add an item; return its bucket's items if that is full now."""
        bucket = self._items.setdefault(key, [])
        bucket.append(item)
        self._count += 1
        return self._pop(key) if len(bucket) >= self._limit(key) else None

    def pop_oldest(self) -> list[Item]:
        """Return the bucket that holds the item that has waited longest."""
        return self._pop(next(iter(self._items)))

    def _pop(self, key: Key) -> list[Item]:
        items = self._items.pop(key)
        self._count -= len(items)
        return items


class Line:
    """Images wait here until all their tiles, batched with those of others, are answered.

    Which tiles share a batch depends on the order of the images alone, never on timing.
    """

    def __init__(self, predictor: Predictor, limits: LimitTable) -> None:
        self._predictor = predictor
        self._limits = limits
        self._images: deque[ImageScan | Finding] = deque()
        self._buckets: Buckets[tuple[int, int], _Waiting] = Buckets(predictor.batch_size)
        self._bytes = 0
        self._kept = 0

    def put_finding(self, finding: Finding) -> None:
        """Let a finding that needs no network wait its turn."""
        self._images.append(finding)
        self._kept += _kept_bytes(finding)

    def put_image(self, scan: ImageScan) -> None:
        """Read the tiles of an image, and compute every batch that they fill."""
        self._images.append(scan)
        if scan.views is not None:
            scan.view_logits = self._predictor.look(scan.views)
        self._kept += _kept_bytes(scan)
        for tile in scan.tiles:
            pixels = scan.read(tile)
            self._bytes += pixels.nbytes
            full = self._buckets.add((tile.height, tile.width), (scan, tile, pixels))
            del pixels
            if full is not None:
                self._compute(full)
            elif self._bytes > MAX_BYTES:
                self._compute(self._buckets.pop_oldest())

    def pop_ready(self) -> Iterator[Finding]:
        """Yield the findings at the head of the line, computing only if too many images wait."""
        while self._images:
            head = self._images[0]
            if isinstance(head, ImageScan) and not head.is_done:
                if len(self._images) <= MAX_IMAGES and self._kept <= MAX_BYTES:
                    return
                self._compute(self._buckets.pop_oldest())
            else:
                yield self._pop()

    def pop_all(self) -> Iterator[Finding]:
        """Compute all that waits and yield the remaining findings."""
        while len(self._buckets):
            self._compute(self._buckets.pop_oldest())
            yield from self.pop_ready()
        yield from self.pop_ready()

    def _pop(self) -> Finding:
        head = self._images.popleft()
        self._kept -= _kept_bytes(head)
        if isinstance(head, ImageScan):
            return head.finish(self._limits, self._predictor.judge, self._predictor.shift)
        return head

    def _compute(self, waiting: list[_Waiting]) -> None:
        answers = self._predictor.predict([pixels for _, _, pixels in waiting])
        for (scan, tile, pixels), answer in zip(waiting, answers, strict=True):
            self._bytes -= pixels.nbytes
            scan.add(tile, answer)


def _kept_bytes(item: ImageScan | Finding) -> int:
    """Return how much of its file an image or finding holds, for pictures."""
    return 0 if item.content is None else len(item.content)
