"""The progress bar on standard error: images done, rate, time left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from inpaintscan.jobs.messages import Progress
from inpaintscan.jobs.scan_options import MessageOptions

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


_DELAY_SECONDS = 2.0


def image_progress(options: MessageOptions) -> Progress:
    """Return the bar that the options ask for."""
    return partial(image_bar, wanted=not (options.quiet or options.no_progress))


@contextmanager
def image_bar(
    total: int, *, wanted: bool, doing: str = "scanning"
) -> Iterator[Callable[..., None]]:
    """Show a bar once the work lasts longer than two seconds; only to a person at a terminal.

    What it yields takes the number of images that are done and, where `total` was not known, that
    of all.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda _done, _total=0: None
        return
    started, bar = time.monotonic(), _make_bar()
    task = bar.add_task("loading the model", total=None)
    timer = threading.Timer(_DELAY_SECONDS, bar.start)
    timer.daemon = True

    def show(done: int, total: int = total) -> None:
        rate = done / max(time.monotonic() - started, 1e-3)
        what = f"{doing}, {rate:.1f} images/s"
        bar.update(task, completed=done, total=total, description=what)

    timer.start()
    try:
        yield show
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def _share_a_terminal() -> bool:
    """Whether results appear where the bar is, so that they have to make it step aside."""
    try:
        return sys.stdout.isatty() and os.path.sameopenfile(
            sys.stdout.fileno(), sys.stderr.fileno()
        )
    except (OSError, ValueError):
        return False


def _make_bar() -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=_share_a_terminal(),
    )
