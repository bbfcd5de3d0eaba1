"""What a server must outlive: broken and hostile requests, its own end."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from inpaintscan.findings import Finding
from inpaintscan.jobs.drop_server import DropServer
from inpaintscan.jobs.serve import open_server
from tests.cli.serving import StubScanner, ask, photo, send


def speak(server: DropServer, request: bytes) -> bytes:
    """Send bytes as they are and return the answer."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    ("length", "status"),
    [("9" * 5000, b"413"), ("9" * 18, b"413"), ("-1", b"411"), ("x", b"411"), ("\u0663", b"411")],
)
def test_an_absurd_length_is_refused(server: DropServer, length: str, status: bytes) -> None:
    head = f"POST /scan HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n"
    head += f"X-Token: {server.token}\r\nContent-Length: {length}\r\n\r\n"
    assert speak(server, head.encode("utf-8")).split()[1] == status


def test_a_reset_in_the_middle_is_quiet(
    server: DropServer, capsys: pytest.CaptureFixture[str]
) -> None:
    head = f"POST /scan HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n"
    head += f"X-Token: {server.token}\r\nContent-Length: 100000\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=10)
    connection.sendall(head.encode() + b"x" * 1000)
    wait_for(lambda: bool(server.answering))
    linger = struct.pack("ii", 1, 0)  # closing resets the connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    wait_for(lambda: not server.answering)
    assert send(server, photo())[0] == 200
    assert capsys.readouterr().err == ""


def test_a_request_that_fails_is_one_line(
    server: DropServer, scanner: StubScanner, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_content: bytes, _name: str) -> Finding:
        raise RuntimeError("of\x1b[31m any kind")

    scanner.scan = fail  # type: ignore[method-assign]
    with pytest.raises(HTTPException):
        send(server, photo())
    said = ""

    def is_said() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "RuntimeError" in said

    wait_for(is_said)
    assert said == "inpaintscan: --serve: a request failed: RuntimeError: of\\x1b[31m any kind\n"


def test_many_uploads_at_once_are_all_answered(server: DropServer) -> None:
    content = photo(16)
    with ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(lambda _: send(server, content)[0], range(60)))
    assert statuses == [200] * 60


@contextmanager
def uploading(code: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a server in a process of its own and send it a photo; it leaves no temporary file."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "BROWSER": "true"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stderr is not None
    port = int(process.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0])
    page, upload = (HTTPConnection("127.0.0.1", port, timeout=20) for _ in range(2))
    page.request("GET", "/")
    token = page.getresponse().read().decode().partition('data-token="')[2].partition('"')[0]
    upload.request("POST", "/scan", photo(), {"X-Token": token})
    assert process.stderr.readline() == "scanning\n"
    yield process
    assert not list(folder.iterdir())
    page.close()
    upload.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_the_server_is_terminated(tmp_path: Path, number: int) -> None:
    with uploading(SLOW_SERVER, tmp_path) as process:
        process.send_signal(number)
        assert "Traceback" not in process.communicate(timeout=30)[1]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 130), (signal.SIGINT, 0)])
def test_a_scan_under_way_does_not_change_the_exit_status(
    tmp_path: Path, number: int, status: int
) -> None:
    with uploading(COMPUTING_SERVER, tmp_path) as process:
        process.send_signal(number)
        assert process.communicate(timeout=30)[1] == "inpaintscan: stopped\n"
        assert process.returncode == status


ROOT = Path(__file__).parents[2]

COMPUTING_SERVER = """
import signal, sys
from types import SimpleNamespace
import torch
from inpaintscan.cli.app import main
from inpaintscan.jobs import serve
from tests.cli.serving import StubScanner

class Computing(StubScanner):
    def scan(self, content, name):
        print("scanning", file=sys.stderr, flush=True)
        layer = torch.nn.Conv2d(8, 8, 3)
        while True:
            layer(torch.zeros(1, 8, 64, 64))

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind
serve.read_settings = lambda _options: SimpleNamespace(open_scanner=Computing)
main(["detect", "--serve"])
"""

SLOW_SERVER = """
import sys, time
from inpaintscan.jobs.serve import serve_scanner
from tests.cli.serving import StubScanner

class Slow(StubScanner):
    def scan(self, content, name):
        print("scanning", file=sys.stderr, flush=True)
        time.sleep(60)

serve_scanner(Slow, port=0, open_browser=False)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something holds, for ten seconds at most."""
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/other", {}, 404),
        ("GET", "/..%2f..%2fetc/passwd", {}, 404),
        ("GET", "/", {"Host": "attacker.example"}, 403),
        ("POST", "/scan", {}, 403),
        ("POST", "/scan", {"X-Token": "wrong"}, 403),
        ("POST", "/scan", {"X-Token": "{token}", "Host": "attacker.example"}, 403),
        ("POST", "/other", {"X-Token": "{token}"}, 404),
        ("POST", "/scan", {"X-Token": "{token}", "Content-Length": "x"}, 411),
        ("POST", "/scan", {"X-Token": "{token}", "Content-Length": str(1 << 40)}, 413),
        ("PUT", "/scan", {"X-Token": "{token}"}, 501),
    ],
)
def test_other_requests_are_refused(
    server: DropServer,
    scanner: StubScanner,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    filled = {name: value.replace("{token}", server.token) for name, value in headers.items()}
    assert ask(server, method, path, headers=filled)[0] == status
    assert scanner.names == []


def test_upload_that_breaks_off_is_not_scanned(server: DropServer, scanner: StubScanner) -> None:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest("POST", "/scan")
    connection.putheader("X-Token", server.token)
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"only this")
    assert connection.sock is not None
    connection.sock.shutdown(1)
    assert connection.sock.recv(100) == b""
    connection.close()
    assert scanner.names == []


@pytest.mark.parametrize("closed", [False, True])
def test_a_server_that_ends_says_nothing_of_the_requests_it_ends(
    capsys: pytest.CaptureFixture[str], closed: bool
) -> None:
    server = open_server(StubScanner(), port=0)
    if closed:
        server.server_close()
    try:
        int("no number")
    except ValueError:
        server.handle_error(None, None)
    server.server_close()
    said = capsys.readouterr().err
    assert said.startswith("" if closed else "inpaintscan: --serve: a request failed: ValueError")
    assert bool(said) is not closed
