"""`inpaintscan detect --serve`: a page to drop images on, served to this machine only."""

from __future__ import annotations

import shutil
import tempfile
import time
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inpaintscan.cli.drop_server import DropServer, OneScanner
from inpaintscan.cli.interrupt import termination_as_interrupt, undisturbed
from inpaintscan.cli.settings import read_fail_on, read_settings
from inpaintscan.cli.summary import say
from inpaintscan.errors import UsageError
from inpaintscan.report.run import DEFAULT_FAIL_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inpaintscan.cli.options import ScanOptions

HOST = "127.0.0.1"
PORT = 7860
_REMOVALS = 40


def serve(options: ScanOptions) -> None:
    """Serve the page with the model and threshold of the options, until Ctrl-C.

    Raises:
        InpaintscanError: if the model cannot be loaded, or no port can be opened.
    """
    settings = read_settings(options)

    def make_scanner() -> OneScanner:
        from inpaintscan.device import use_threads
        from inpaintscan.scan import load

        use_threads(settings.threads)
        return load(
            str(settings.model_path),
            device=settings.device,
            precision=settings.precision,
            batch_size=settings.batch_size,
            workers=settings.workers,
            fpr=settings.fpr,
            threshold=settings.threshold,
            max_pixels=settings.rules.max_pixels,
            strict=settings.rules.strict,
            trust_list=settings.trust_list,
        )

    serve_scanner(make_scanner, fail_on=read_fail_on(options.fail_on))


def serve_scanner(
    scanner_factory: Callable[[], OneScanner],
    host: str = HOST,
    port: int = PORT,
    *,
    open_browser: bool = True,
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON,
) -> None:
    """Load the scanner, open the page in a browser, and answer until Ctrl-C.

    Where `port` is taken, any free one is used.

    Raises:
        InpaintscanError: what `scanner_factory` raises.
        UsageError: if no port can be opened on `host`.
    """
    scanner = scanner_factory()
    with termination_as_interrupt(), _private_folder() as folder:
        server = open_server(scanner, folder, host, port, fail_on)
        say(f"drop images on {server.address} (Ctrl-C ends it)")
        if open_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
        finally:
            server.server_close()


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Make a folder and remove it with all that is in it, also while requests write into it."""
    folder = Path(tempfile.mkdtemp(prefix="inpaintscan-"))
    try:
        yield folder
    finally:
        with undisturbed():
            for _ in range(_REMOVALS):
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    break
                time.sleep(0.05)


def open_server(
    scanner: OneScanner,
    folder: Path,
    host: str = HOST,
    port: int = PORT,
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON,
) -> DropServer:
    """Return a server that listens on `port`, or on any free one where that is taken.

    Raises:
        UsageError: if no port can be opened on `host`.
    """
    try:
        return DropServer((host, port), scanner, folder, fail_on)
    except OSError:
        pass
    try:
        return DropServer((host, 0), scanner, folder, fail_on)
    except OSError as error:
        raise UsageError(f"--serve: cannot listen on {host}: {error.strerror or error}") from error
