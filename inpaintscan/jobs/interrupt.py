"""Ctrl-C and termination: neither cuts a record in two."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


class _Interrupter:
    """What SIGTERM and SIGHUP call; there is one at a time."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Remember it, and do what Ctrl-C does, or would do where it is ignored.

        Raises:
            KeyboardInterrupt: unless somebody holds it back.
        """
        self.asked.append(number)
        if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL, None}:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)


@contextmanager
def termination_as_interrupt() -> Iterator[list[int]]:
    """Let SIGTERM (`timeout`, schedulers) and SIGHUP (a closed terminal) end a run like Ctrl-C.

    Yields what fills once it was asked for; a block inside another one gets the same. Loops look at
    it, because an exception that is raised in a destructor is lost.
    """
    current = signal.getsignal(signal.SIGTERM)
    if isinstance(current, _Interrupter):
        yield current.asked
        return
    interrupter = _Interrupter()
    if threading.current_thread() is not threading.main_thread():
        yield interrupter.asked
        return
    numbers = [signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interrupter) for number in numbers}
    try:
        yield interrupter.asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
