"""The findings of a run, in input order: from the cache where known, else from a scanner."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from inpaintscan.errors import ImageError
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile, hash_file

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from inpaintscan.cli.cache import Cache

Item = ImageFile | Finding
"""What `find_images` yields: a file, or the error that stands in its place."""

Result = tuple[ImageFile | None, Finding]
"""A finding with the file it came from (None for a path where there is no file)."""


class Scans(Protocol):
    """The part of `inpaintscan.scan.Scanner` that a run uses."""

    def scan_files(self, files: Iterable[ImageFile]) -> Iterator[Finding]:
        """Yield the findings in the order of the files; several for `--frames all`."""
        ...


def iterate_results(
    items: Iterable[Item], cache: Cache | None, open_scanner: Callable[[], Scans]
) -> Generator[Result, None, None]:
    """Yield the results of all items in their order; the scanner is opened when it is needed."""
    remaining = iter(items)
    for item in remaining:
        known = _known(item, cache)
        if known is None:
            yield from _scan_from(item, remaining, cache, open_scanner())
            return
        yield from known


def _known(item: Item, cache: Cache | None) -> list[Result] | None:
    """Return the results of an item that needs no scan, else None."""
    if isinstance(item, Finding):
        return [(None, item)]
    if cache is None:
        return None
    try:
        sha256 = hash_file(item.path)
    except ImageError:
        return None
    findings = cache.find(sha256, item.name)
    return None if findings is None else [(item, finding) for finding in findings]


def _scan_from(
    first: ImageFile | Finding, rest: Iterator[Item], cache: Cache | None, scanner: Scans
) -> Iterator[Result]:
    """Scan from the first unknown item on; known ones in between wait for their turn."""
    waiting: deque[ImageFile | list[Result]] = deque()

    def unknown_files() -> Iterator[ImageFile]:
        for item in _chain(first, rest):
            known = _known(item, cache)
            if known is None and isinstance(item, ImageFile):
                waiting.append(item)
                yield item
            else:
                waiting.append(known or [])

    current: ImageFile | None = None
    frames: list[Finding] = []
    for finding in scanner.scan_files(unknown_files()):
        if current is None or not finding.frame or finding.path != current.name:
            _keep(cache, frames)
            frames = []
            while isinstance(head := waiting.popleft(), list):
                yield from head
            current = head
        frames.append(finding)
        yield current, finding
    _keep(cache, frames)
    for results in waiting:
        if isinstance(results, list):
            yield from results


def _chain(first: Item, rest: Iterator[Item]) -> Iterator[Item]:
    yield first
    yield from rest


def _keep(cache: Cache | None, frames: list[Finding]) -> None:
    if cache is not None and frames:
        cache.keep(frames)
