"""The server behind `detect --serve`: sends the page, scans what is dropped, keeps nothing."""

from __future__ import annotations

import json
import re
import secrets
import sys
import threading
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote

from inpaintscan.errors import InpaintscanError
from inpaintscan.jobs.messages import say
from inpaintscan.report.page import build_page, header_for_page, record_for_page, to_script_json
from inpaintscan.report.page.pictures import PictureBudget
from inpaintscan.report.record import to_record
from inpaintscan.report.run import RunHeader, RunSummary, read_environment, utc_now
from inpaintscan.scan import Scanner

UPLOAD_LIMIT = 1024 * 1024 * 1024
"""Bytes of one dropped file."""
_MOST_DIGITS = 18
"""Of a Content-Length."""
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class DropServer(ThreadingHTTPServer):
    """Holds the scanner, which takes one image at a time, and the page."""

    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 1024
    """Browsers send all that is dropped at once; the system takes less where it allows less."""

    def __init__(
        self, address: tuple[str, int], scanner: Scanner, fail_on: tuple[str, ...]
    ) -> None:
        self._closed = False
        super().__init__(address, DropHandler)
        self.token = secrets.token_urlsafe(24)
        """Known to the page only: no other site in the same browser can send images."""
        self._scanner = scanner
        self._lock = threading.Lock()
        self.answering: set[threading.Thread] = set()
        """Threads with a request; a scan in one of them cannot be stopped."""
        self.policy = build_page(live=True).policy
        self.page = self._fill_page(fail_on)

    def server_bind(self) -> None:
        """Bind without the look-up of a domain name that `HTTPServer` does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer a request, in a thread of its own."""
        self.answering.add(threading.current_thread())
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.answering.discard(threading.current_thread())

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say in one line what ended a request; nothing where browser or server have gone away."""
        error = sys.exception()
        if self._closed:  # what a request needs may be gone by then
            return
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError)):
            say(f"--serve: a request failed: {type(error).__name__}: {error}")

    def server_close(self) -> None:
        """Take no more requests."""
        self._closed = True
        super().server_close()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{self.server_address[0]!s}:{self.server_port}/"

    @property
    def host_names(self) -> set[str]:
        """The names a request may call this server by; others come from a rebound DNS name."""
        names = ("localhost", "127.0.0.1", str(self.server_address[0]))
        return {f"{name}:{self.server_port}" for name in names}

    def scan(self, content: bytes, name: str) -> dict[str, Any]:
        """Return the record of an image under the name it was dropped with."""
        with self._lock:
            found = self._scanner.scan(content, name)
        thumbnail, pictures = PictureBudget().render(replace(found, content=content))
        record = record_for_page(to_record(found))
        return record | {"thumbnail": thumbnail, "pictures": pictures}

    def _fill_page(self, fail_on: tuple[str, ...]) -> bytes:
        settings = self._scanner.settings()
        header = RunHeader(
            command="detect --serve",
            model=self._scanner.card.name,
            model_sha256=self._scanner.model_sha256,
            threshold=settings["thresholds"],
            settings=settings,
            started=utc_now(),
            fail_on=fail_on,
            environment=read_environment(),
        )
        page = build_page(live=True)
        before = page.before.replace("{{token}}", f' data-token="{self.token}"')
        before = before.replace("{{header}}", header_for_page(header))
        totals = to_script_json(RunSummary().to_dict(complete=True))
        return (before + page.after.replace("{{summary}}", totals)).encode()


class DropHandler(BaseHTTPRequestHandler):
    """Answers `GET /` with the page and `POST /scan` with the record of the image sent."""

    server: DropServer
    timeout = 60

    def do_GET(self) -> None:
        """Send the page."""
        if self.headers.get("Host") not in self.server.host_names:
            self._send(HTTPStatus.FORBIDDEN, b"not this server's name")
        elif self.path != "/":
            self._send(HTTPStatus.NOT_FOUND, b"not found")
        else:
            self._send(HTTPStatus.OK, self.server.page, "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """Scan the image in the body; nothing of it is kept."""
        token = self.headers.get("X-Token", "")
        length = self.headers.get("Content-Length", "")
        host_fits = self.headers.get("Host") in self.server.host_names
        if not (host_fits and secrets.compare_digest(token.encode(), self.server.token.encode())):
            self._send(HTTPStatus.FORBIDDEN, b"not sent by the page")
        elif self.path != "/scan":
            self._send(HTTPStatus.NOT_FOUND, b"not found")
        elif not length.isdecimal():
            self._send(HTTPStatus.LENGTH_REQUIRED, b"without a length")
        elif len(length) > _MOST_DIGITS or int(length) > UPLOAD_LIMIT:
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"larger than 1 GiB")
        else:
            self._scan_body(int(length))

    def _scan_body(self, length: int) -> None:
        content = self.rfile.read(length)
        if len(content) < length:  # it broke off
            return
        try:
            record = self.server.scan(content, read_name(self.headers.get("X-Name", "")))
        except InpaintscanError as error:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, str(error).encode())
            return
        self._send(HTTPStatus.OK, json.dumps(record, allow_nan=False).encode(), "application/json")

    def _send(
        self, status: HTTPStatus, content: bytes, kind: str = "text/plain; charset=utf-8"
    ) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", self.server.policy)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of single requests."""


def read_name(header: str) -> str:
    """Return the name of a dropped file, a relative path at most, for one line of text."""
    name = re.sub(r"[\x00-\x1f\x7f]", " ", unquote(header, errors="replace"))
    parts = [part for part in name.split("/") if part not in {"", ".", ".."}]
    return "/".join(parts)[-500:] or "image"
