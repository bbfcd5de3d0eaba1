"""Ctrl-C and termination: neither cuts a record in two."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C while a record is written, then raise it; no effect outside the main thread.

    Raises:
        KeyboardInterrupt: after the block, if Ctrl-C was pressed during it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def termination_as_interrupt() -> Iterator[list[int]]:
    """Let SIGTERM (`timeout`, schedulers, containers) end a scan as Ctrl-C does.

    Yields a list that is empty until a signal arrives. Loops should check it as well: a background
    job ignores Ctrl-C, and an exception raised in a destructor is lost.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def interrupt(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)
