"""Openers that need no network, for workers of the tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inpaintscan.cluster.worker import Work
from inpaintscan.errors import WeightsError


@dataclass(frozen=True, slots=True)
class Squares:
    """Squares numbers; at `deadly` the process kills itself, at `wrong` the work raises."""

    deadly: int | None = None
    wrong: int | None = None
    times: Path | None = None
    """A folder with a file for each time that the deadly number may still kill."""

    def __call__(self) -> tuple[str, Work]:
        return f"opened by {os.getpid()}", self.work

    def work(self, items: Sequence[int]) -> list[tuple[int, int]]:
        answers = []
        for item in items:
            time.sleep(0.002)
            if item == self.wrong:
                raise WeightsError(f"cannot square {item}")
            if item == self.deadly:
                self.die()
            answers.append((item * item, os.getpid()))
        return answers

    def die(self) -> None:
        if self.times is not None:
            left = sorted(self.times.iterdir())
            if not left:
                return
            left[0].unlink()
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Unopened:
    """Cannot be opened: raises, or loses its process."""

    loses: bool = False

    def __call__(self) -> tuple[str, Work]:
        if self.loses:
            os.kill(os.getpid(), signal.SIGKILL)
        raise WeightsError("mine.safetensors: truncated weights file")
