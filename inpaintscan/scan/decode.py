"""Images read in parallel, handed on in input order, with bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from inpaintscan.errors import ImageError
from inpaintscan.findings import Evidence, Finding
from inpaintscan.images import (
    DEFAULT_RULES,
    FileContent,
    ImageFile,
    ImagePixels,
    Rules,
    decode_image,
    read_content,
    show_path,
)
from inpaintscan.provenance import read_evidence

PIXEL_BYTES = 128 * 1024 * 1024
"""Decoded pixels in flight; one larger image is let in alone."""
FILE_BYTES = 256 * 1024 * 1024
"""Bytes of files in flight that are not decoded yet; one larger file is let in alone."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image that was read, and what its file says about itself, all from the same bytes."""

    file: ImageFile
    content: FileContent
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


class _Share:
    """What one image takes of a budget: asked for once, in its turn, and given back."""

    def __init__(self, budget: OrderedBudget, ticket: int) -> None:
        self._budget, self._ticket = budget, ticket
        self._amount: int | None = None

    def take(self, amount: int) -> None:
        self._budget.take(self._ticket, amount)
        self._amount = amount

    def settle(self, keep: int = 0) -> None:
        """Give back all but `keep`; let the next in where nothing was taken."""
        if self._amount is None:
            self._budget.take(self._ticket, 0)
        else:
            self._budget.give_back(self._amount - keep)


class Decoder:
    """Reads images with `workers` threads, a bounded number ahead of the one asked for.

    A context manager: on leaving it, what was begun ahead is dropped.
    """

    def __init__(
        self,
        workers: int,
        budget: int = PIXEL_BYTES,
        rules: Rules = DEFAULT_RULES,
        trust: str | None = None,
    ) -> None:
        self._trust = trust
        self._ahead = 2 * workers
        self._rules = rules
        self._budget = OrderedBudget(budget)
        self._files = OrderedBudget(FILE_BYTES)
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
        self._files.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def read(self, files: Iterable[ImageFile | Finding | Decoded]) -> Iterator[Decoded | Finding]:
        """Yield each image, or the Finding that says why there is none, in the order given.

        The consumer calls `release` with the size of the pixels of every `Decoded` when it has
        let go of them.
        """
        waiting: deque[tuple[Future[Decoded | Finding] | Decoded | Finding, int]] = deque()
        held = 0  # bytes of waiting files that came with their content
        for ticket, file in enumerate(files):
            size = _content_bytes(file)
            if isinstance(file, (Finding, Decoded)):
                held_pixels = file.image.pixels.nbytes if isinstance(file, Decoded) else 0
                self._pool.submit(self._pass, ticket, held_pixels)
                waiting.append((file, size))
            else:
                waiting.append((self._pool.submit(self._read_one, ticket, file), size))
            held += size
            while len(waiting) > self._ahead or (waiting and held > FILE_BYTES):
                item, size = waiting.popleft()
                held -= size
                yield _result(item)
        while waiting:
            yield _result(waiting.popleft()[0])

    def release(self, amount: int) -> None:
        """Say that an image's pixels, so many bytes, are no longer held."""
        self._budget.give_back(amount)

    def _pass(self, ticket: int, held_pixels: int) -> None:
        self._files.take(ticket, 0)
        self._budget.take(ticket, held_pixels)

    def _read_one(self, ticket: int, file: ImageFile) -> Decoded | Finding:
        file_share, pixel_share = _Share(self._files, ticket), _Share(self._budget, ticket)
        kept = 0
        try:
            content = file.content
            if content is None:
                content = read_content(file.path, rules=self._rules, admit=file_share.take)
            self._rules.check_bytes(len(content.data))
            image = decode_image(content, rules=self._rules, admit=pixel_share.take)
            kept = image.pixels.nbytes
        except ImageError as error:
            return error_finding(file, error)
        finally:
            file_share.settle()
            pixel_share.settle(kept)
        return Decoded(file, content, image, read_evidence(content.data, self._trust))


def error_finding(file: ImageFile, error: ImageError, frame: int | None = None) -> Finding:
    """Return the record of an image that could not be read."""
    reason = str(error).removeprefix(f"{show_path(file.path)}: ")
    return Finding(path=file.name, verdict="error", frame=frame, error=reason)


def _content_bytes(item: ImageFile | Finding | Decoded) -> int:
    if isinstance(item, Decoded):
        return item.image.pixels.nbytes
    if item.content is None:
        return 0
    return len(item.content if isinstance(item, Finding) else item.content.data)


def _result(item: Future[Decoded | Finding] | Decoded | Finding) -> Decoded | Finding:
    return item if isinstance(item, (Finding, Decoded)) else item.result()
