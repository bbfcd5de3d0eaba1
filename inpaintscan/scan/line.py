"""The images between decoding and their findings: batches across them, findings in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inpaintscan.findings import Finding
from inpaintscan.scan.assemble import ImageScan
from inpaintscan.scan.batches import Buckets
from inpaintscan.scan.predict import Predictor
from inpaintscan.scan.tiles import Tile
from inpaintscan.scan.verdict import LimitTable

MAX_IMAGES = 256
"""Most images that wait for a batch to fill."""
MAX_BYTES = 256 * 1024 * 1024
"""Most bytes of tiles that wait for a batch to fill, and most bytes of files kept beside."""

_Waiting = tuple[ImageScan, "Tile", "NDArray[np.uint8]"]


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
        if scan.view is not None:
            scan.view_logits = self._predictor.look(scan.view)
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
            return head.finish(self._limits, self._predictor.judge)
        return head

    def _compute(self, waiting: list[_Waiting]) -> None:
        answers = self._predictor.predict([pixels for _, _, pixels in waiting])
        for (scan, tile, pixels), answer in zip(waiting, answers, strict=True):
            self._bytes -= pixels.nbytes
            scan.add(tile, answer)


def _kept_bytes(item: ImageScan | Finding) -> int:
    """Return how much of its file an image or finding holds, for pictures."""
    return 0 if item.content is None else len(item.content)
