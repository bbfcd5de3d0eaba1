"""The progress bar on standard error: images done, rate, time left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from inpaintscan.jobs.messages import Progress
from inpaintscan.jobs.scan_options import MessageOptions

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


_DELAY_SECONDS = 2.0


def image_progress(options: MessageOptions) -> Progress:
    """Return the bar that the options ask for."""
    return partial(ImageProgress, wanted=not (options.quiet or options.no_progress))


class ImageProgress:
    """Shows a bar once a scan lasts longer than two seconds; only to a person at a terminal."""

    def __init__(self, total: int, *, wanted: bool) -> None:
        self._total = total
        self._started = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID
        self._timer: threading.Timer | None = None
        if wanted and sys.stderr.isatty():
            self._bar = _make_bar()
            self._task = self._bar.add_task("loading the model", total=None)
            self._timer = threading.Timer(_DELAY_SECONDS, self._bar.start)
            self._timer.daemon = True

    def __enter__(self) -> Callable[[int], None]:
        if self._timer is not None:
            self._timer.start()
        return self.show

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None and self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._bar.stop()

    def show(self, done: int) -> None:
        """Show how many images are done."""
        if self._bar is not None:
            seconds = time.monotonic() - self._started
            self._bar.update(
                self._task,
                completed=done,
                total=self._total,
                description=f"scanning, {done / max(seconds, 1e-3):.1f} images/s",
            )


class PhotoProgress:
    """The bar of `gen-data`: images made, on standard error, only on a terminal."""

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    @property
    def show(self) -> Callable[[int, int], None] | None:
        """What to call after each batch, or None where no bar is wanted."""
        return self._show if self.wanted and sys.stderr.isatty() else None

    def _show(self, done: int, total: int) -> None:
        from tqdm import tqdm

        if self.bar is None:
            self.bar = tqdm(total=total, unit="image", file=sys.stderr, dynamic_ncols=True)
        self.bar.update(done - self.bar.n)


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
