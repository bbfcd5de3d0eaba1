"""What is shown on standard error: the summary, complaints, and how far a run is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from inpaintscan.errors import ExitStatus
from inpaintscan.report.text import printable, wrap
from inpaintscan.report.words import limits_text

if TYPE_CHECKING:
    from inpaintscan.report.run import RunHeader, RunSummary

Progress = Callable[[int], AbstractContextManager[Callable[[int], object]]]
"""Given the number of images, opens a display; what it yields is called with how many are done."""
_NARROWEST = 20


def say(text: str) -> None:
    """Write one line to standard error, as said by the tool."""
    tell(f"inpaintscan: {text}")


def silent(_text: str) -> None:
    """Say nothing: in place of `say`, where only errors are wanted."""


def tell(text: str) -> None:
    """Write one line to standard error; one that is closed, full or not read is no problem."""
    with suppress(OSError, ValueError):
        shown = printable(text)
        if sys.stderr.isatty():
            width = max(shutil.get_terminal_size().columns, _NARROWEST)
            shown = "\n".join(wrap(shown, width, "  "))
        print(shown, file=sys.stderr, flush=True)  # noqa: T201


def exit_status(summary: RunSummary, *, exit_zero: bool) -> ExitStatus:
    """Return how a run that came to its end exits: an error outranks a finding."""
    if summary.counts["error"]:
        return ExitStatus.ERROR
    if summary.findings and not exit_zero:
        return ExitStatus.FINDINGS
    return ExitStatus.CLEAN


def summary_text(summary: RunSummary, header: RunHeader, seconds: float, *, complete: bool) -> str:
    """Return totals, time and the limits of the scores in one line."""
    text = f"{totals_text(summary)}, in {_duration(seconds)}; {limits_text(header)}"
    return text if complete else f"interrupted after {text}"


def totals_text(summary: RunSummary) -> str:
    """Return the totals in one sentence, kinds with none left out."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in summary.counts.items() if count)
    text = _counted(summary.images, "image")
    if kinds:
        text += f": {kinds}"
    told = {"stated": summary.stated, "tampered": summary.tampered}
    text += "".join(f", {count:,} {kind}" for kind, count in told.items() if count)
    if summary.known:
        text += f" ({summary.known:,} known)"
    if summary.skipped:
        text += f"; {_counted(summary.skipped, 'other file')} skipped"
    if summary.unread:
        text += f", of which {_counted(len(summary.unread), 'picture')} not read"
    return text


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def unseen(_total: int) -> AbstractContextManager[Callable[[int], object]]:
    """Show nothing."""
    return nullcontext(lambda _done: None)
