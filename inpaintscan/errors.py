"""What a user can do wrong, and the statuses the command exits with."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command ends, for shells, CI jobs and schedulers."""

    CLEAN = 0
    """Nothing found, or `--exit-zero`."""
    FINDINGS = 1
    """At least one finding at or above the threshold."""
    ERROR = 2
    """Usage, weights, data or internal error, or an input that could not be read."""
    INTERRUPTED = 130
    """Ctrl-C; what was written so far is valid and says that it is partial."""


COUNTABLE = ("inpainted", "generated", "unsure", "stated", "tampered")
"""What can count as a finding: verdicts, and what a file says of itself."""
DEFAULT_FAIL_ON = tuple(kind for kind in COUNTABLE if kind != "unsure")


class InpaintscanError(Exception):
    """An error of the user's world: one line that says what, with which file, and what to do.

    The console tool prints the line and exits with `ExitStatus.ERROR`; no traceback.
    """


class UsageError(InpaintscanError):
    """Options or arguments that do not fit together."""


class ImageError(InpaintscanError):
    """A file that cannot be read as an image. Never stops a scan."""


class WeightsError(InpaintscanError):
    """A weights file that is missing, damaged, of another architecture or of a newer format."""


class DataError(InpaintscanError):
    """A data set that does not have the layout it should have."""


class DeviceError(InpaintscanError):
    """A device that is not there, or has too little memory for even one tile."""


class ClusterError(InpaintscanError):
    """A Ray cluster that cannot be reached, or whose workers cannot do the work."""


class MissingExtraError(InpaintscanError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)  # as given, so that it can be pickled by a worker

    def __str__(self) -> str:
        feature, extra = self.args
        return f"{feature} needs more packages: pip install 'inpaintscan[{extra}]'"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text that says something, else the error's name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
