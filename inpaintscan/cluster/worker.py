"""What runs in a worker process of the cluster, and what one such process needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inpaintscan import __version__

Work = Callable[[Sequence[Any]], Sequence[Any]]
"""Takes items, returns one answer per item, in order."""

Opener = Callable[[], tuple[Any, Work]]
"""Picklable. Called once in each worker; returns what it resolved, and the work."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one worker takes of the cluster, in Ray's units."""

    cpus: float = 1
    gpus: float = 0
    at_once: int = 1
    """Batches in hand at a time: with 2, one is fetched while the other is computed."""


class Worker:
    """The process: opened once, then given batches."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._work: Work

    def open(self) -> tuple[str, Any]:
        """Load what the work needs; return this process's version and what was resolved."""
        resolved, self._work = self._opener()
        return __version__, resolved

    def run(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return one answer per item."""
        return self._work(items)
