"""Images read in parallel, handed on in input order, with bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inpaintscan.errors import ImageError
from inpaintscan.findings import Evidence, Finding
from inpaintscan.images import ImageFile, ImagePixels, read_image, show_path
from inpaintscan.provenance import read_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

PIXEL_BYTES = 128 * 1024 * 1024
"""Decoded pixels in flight; one larger image is let in alone."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image that was read, and what its file says about itself."""

    file: ImageFile
    image: ImagePixels
    evidence: tuple[Evidence, ...]


class OrderedBudget:
    """Bytes that may be in flight, given out strictly in the order of the tickets.

    The order is what makes waiting safe: an image never waits for one that comes after it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._turn = 0
        self._closed = False
        self._changed = threading.Condition()

    def take(self, ticket: int, amount: int) -> None:
        """Wait until it is `ticket`'s turn and `amount` fits, or nothing else is in flight."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._may_take(ticket, amount))
            self._used += amount
            self._turn = max(self._turn, ticket + 1)
            self._changed.notify_all()

    def give_back(self, amount: int) -> None:
        """Return bytes that are no longer held."""
        with self._changed:
            self._used -= amount
            self._changed.notify_all()

    def close(self) -> None:
        """Let everybody pass: nothing will be given back any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _may_take(self, ticket: int, amount: int) -> bool:
        return ticket == self._turn and (self._used == 0 or self._used + amount <= self._limit)


class Decoder:
    """Reads images with `workers` threads, a bounded number ahead of the one asked for.

    A context manager: on leaving it, what was begun ahead is dropped.
    """

    def __init__(self, workers: int, budget: int = PIXEL_BYTES, trust: str | None = None) -> None:
        self._trust = trust
        self._ahead = 2 * workers
        self._budget = OrderedBudget(budget)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._budget.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def read(self, files: Iterable[ImageFile | Finding]) -> Iterator[Decoded | Finding]:
        """Yield each image, or the Finding that says why there is none, in the order given.

        The consumer calls `release` with the size of the pixels of every `Decoded` when it has
        let go of them.
        """
        waiting: deque[Future[Decoded | Finding] | Finding] = deque()
        for ticket, file in enumerate(files):
            if isinstance(file, Finding):
                self._pool.submit(self._budget.take, ticket, 0)
                waiting.append(file)
            else:
                waiting.append(self._pool.submit(self._read_one, ticket, file))
            if len(waiting) > self._ahead:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())

    def release(self, amount: int) -> None:
        """Say that an image's pixels, so many bytes, are no longer held."""
        self._budget.give_back(amount)

    def _read_one(self, ticket: int, file: ImageFile) -> Decoded | Finding:
        taken = 0

        def admit(amount: int) -> None:
            nonlocal taken
            self._budget.take(ticket, amount)
            taken = amount

        try:
            image = read_image(file.path, admit=admit)
        except ImageError as error:
            if taken:
                self._budget.give_back(taken)
            else:
                self._budget.take(ticket, 0)
            return error_finding(file, error)
        self._budget.give_back(taken - image.pixels.nbytes)
        return Decoded(file, image, read_evidence(file.path, self._trust))


def error_finding(file: ImageFile, error: ImageError, frame: int | None = None) -> Finding:
    """Return the record of an image that could not be read."""
    reason = str(error).removeprefix(f"{show_path(file.path)}: ")
    return Finding(path=file.name, verdict="error", frame=frame, error=reason)


def _result(item: Future[Decoded | Finding] | Finding) -> Decoded | Finding:
    return item if isinstance(item, Finding) else item.result()
