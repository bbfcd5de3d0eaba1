"""The findings of a run, in input order: from the cache where known, else from a scanner."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from inpaintscan.errors import ImageError
from inpaintscan.findings import Finding
from inpaintscan.images import DEFAULT_RULES, ImageFile, Rules, read_content
from inpaintscan.jobs.cache import Cache
from inpaintscan.scan.decode import error_finding

if TYPE_CHECKING:
    from inpaintscan.jobs.ray_scan import RayScanner
    from inpaintscan.scan import Scanner

Item = ImageFile | Finding
"""What `find_images` yields: a file, or the error that stands in its place."""

Result = tuple[ImageFile | None, Finding]
"""A finding with the file it came from (None for a path where there is no file)."""
Looked = tuple[ImageFile | None, ImageFile | Finding]
"""A file, and its finding where that is known, else the file to be scanned."""


def iterate_results(
    items: Iterable[Item],
    cache: Cache | None,
    open_scanner: Callable[[], Scanner | RayScanner],
    *,
    rules: Rules = DEFAULT_RULES,
    keep_content: bool = False,
) -> Generator[Result, None, None]:
    """Yield the results of all items in their order; the scanner is opened when it is needed.

    With a cache a file is read here, once: what is unknown goes to the scanner with its bytes.
    """
    remaining = _looked_up(items, cache, rules, keep_content)
    for file, item in remaining:
        if isinstance(item, ImageFile):
            rest = chain([(file, item)], remaining)
            yield from _scan(rest, cache, open_scanner(), keep_content)
            return
        yield file, item


def _looked_up(
    items: Iterable[Item], cache: Cache | None, rules: Rules, keep_content: bool
) -> Iterator[Looked]:
    for item in items:
        if isinstance(item, Finding):
            yield None, item
        elif cache is None:
            yield item, item
        else:
            yield from _look_up(item, cache, rules, keep_content)


def _look_up(file: ImageFile, cache: Cache, rules: Rules, keep_content: bool) -> Iterator[Looked]:
    try:
        content = read_content(file.path, rules=rules)
    except ImageError as error:
        yield file, error_finding(file, error)
        return
    findings = cache.find(content.sha256, file.name)
    if findings is None:
        yield file, replace(file, content=content)
        return
    kept = content.data if keep_content else None
    for finding in findings:
        yield file, replace(finding, content=kept)


def _scan(
    items: Iterator[Looked], cache: Cache | None, scanner: Scanner | RayScanner, keep_content: bool
) -> Iterator[Result]:
    """Scan the files among the items; known findings go through the scanner's line in between."""
    waiting: deque[tuple[ImageFile | None, Finding | None]] = deque()

    def fed() -> Iterator[ImageFile | Finding]:
        for file, item in items:
            waiting.append((file, item if isinstance(item, Finding) else None))
            yield item

    file: ImageFile | None = None
    frames: list[Finding] = []  # of one scanned file, to be cached together
    for finding in scanner.scan_files(fed(), keep_content=keep_content):
        is_known = bool(waiting) and finding is waiting[0][1]
        if is_known or not frames or not finding.frame or finding.path != frames[0].path:
            _keep(cache, frames)
            file, _ = waiting.popleft()
            frames = []
        if not is_known:
            frames.append(finding)
        yield file, finding
    _keep(cache, frames)


def _keep(cache: Cache | None, frames: list[Finding]) -> None:
    if cache is not None and frames:
        cache.keep(frames)
