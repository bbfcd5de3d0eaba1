"""`inpaintscan detect --serve`: a page to drop images on, served to this machine only."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable

from inpaintscan.errors import DEFAULT_FAIL_ON, UsageError
from inpaintscan.jobs.drop_server import DropServer
from inpaintscan.jobs.interrupt import termination_as_interrupt
from inpaintscan.jobs.messages import say
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.jobs.scan_settings import read_settings
from inpaintscan.scan import Scanner

HOST = "127.0.0.1"
PORT = 7860


def serve(options: ScanOptions) -> bool:
    """Serve the page with the model and threshold of the options, until Ctrl-C.

    Returns whether a request is still being answered, which nobody waits for.

    Raises:
        InpaintscanError: if the model cannot be loaded, or no port can be opened.
    """
    return serve_scanner(read_settings(options).open_scanner, fail_on=options.fail_on)


def serve_scanner(
    scanner_factory: Callable[[], Scanner],
    host: str = HOST,
    port: int = PORT,
    *,
    open_browser: bool = True,
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON,
) -> bool:
    """Load the scanner, open the page in a browser, and answer until Ctrl-C.

    Where `port` is taken, any free one is used. Returns whether a request is still being answered.

    Raises:
        InpaintscanError: what `scanner_factory` raises.
        UsageError: if no port can be opened on `host`.
    """
    scanner = scanner_factory()
    with termination_as_interrupt():
        server = open_server(scanner, host, port, fail_on)
        say(f"drop images on {server.address} (Ctrl-C ends it)")
        if open_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
        finally:
            server.server_close()
    return bool(server.answering)


def open_server(
    scanner: Scanner,
    host: str = HOST,
    port: int = PORT,
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON,
) -> DropServer:
    """Return a server that listens on `port`, or on any free one where that is taken.

    Raises:
        UsageError: if no port can be opened on `host`.
    """
    try:
        return DropServer((host, port), scanner, fail_on)
    except OSError:
        pass
    try:
        return DropServer((host, 0), scanner, fail_on)
    except OSError as error:
        raise UsageError(f"--serve: cannot listen on {host}: {error.strerror or error}") from error
