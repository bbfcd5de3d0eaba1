"""Where a report goes: a file that appears whole or not at all, or standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from inpaintscan.errors import UsageError
from inpaintscan.files import ENCODING_ERRORS, temporary_name

_SPOOL_BYTES = 4 * 1024 * 1024
_CHUNK_CHARACTERS = 1024 * 1024


class ReportFile:
    """A report under a temporary name in its folder, until `commit` renames it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = temporary_name(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise UsageError(f"{path}: is a directory; name a report file in it")
            self.stream: IO[str] = self._temporary.open(
                "w", encoding="utf-8", errors=ENCODING_ERRORS, newline=""
            )
        except OSError as error:
            raise UsageError(f"{path}: cannot write report: {error.strerror or error}") from error

    def commit(self) -> None:
        """Close the report and give it its name."""
        self.stream.close()
        self._temporary.replace(self.path)

    def discard(self) -> None:
        """Close the report and leave nothing behind."""
        with suppress(OSError):  # a full disk refuses the last bytes too
            self.stream.close()
        self._temporary.unlink(missing_ok=True)


class StandardOutput:
    """Standard output that goes silent, instead of failing, when its reader leaves."""

    def __init__(self) -> None:
        self.closed = False
        """Whether nobody gets any more: the reader left (a broken pipe), or the disk is full."""

    def write(self, text: str) -> int:
        """Write to the present `sys.stdout`; dropped after it was closed.

        Raises:
            OSError: once, if it cannot be written for another reason than that nobody reads it.
        """
        with self._closing():
            return 0 if self.closed else sys.stdout.write(text)
        return 0

    def flush(self) -> None:
        """Push what was written to the reader; raises as `write` does."""
        with self._closing():
            if not self.closed:
                sys.stdout.flush()

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self._close()
        except OSError:
            self._close()
            raise

    def _close(self) -> None:
        self.closed = True
        silence_stdout()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return sys.stdout.isatty()


def silence_stdout() -> None:
    """Send standard output nowhere, so that the flush at exit cannot complain either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class Spool:
    """Text set aside until the totals that stand before it are known; on disk when it is long."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (closed by drain)
            max_size=_SPOOL_BYTES, mode="w+", encoding="utf-8", errors="surrogatepass", newline=""
        )

    def write(self, text: str) -> None:
        """Set text aside."""
        self._file.write(text)

    def drain(self) -> Iterator[str]:
        """Yield all of it, in pieces, and forget it."""
        self._file.seek(0)
        while piece := self._file.read(_CHUNK_CHARACTERS):
            yield piece
        self._file.close()
