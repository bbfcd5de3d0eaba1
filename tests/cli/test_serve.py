"""`detect --serve`: the page and the scans over real connections, with a stub for the network."""

from __future__ import annotations

import base64
import errno
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from inpaintscan.errors import DeviceError, ImageError, UsageError
from inpaintscan.findings import Box, Finding, ProbMap, Region, Scores
from inpaintscan.images import read_image
from inpaintscan.jobs import drop_server
from inpaintscan.jobs.drop_server import DropServer, read_name
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.jobs.serve import open_server, serve, serve_scanner
from inpaintscan.provenance import read_evidence
from inpaintscan.weights import Card


class StubScanner:
    """Finds a region in whatever can be read."""

    card = Card(name="stub", task="multi", arch="stub")
    model_sha256 = "12" * 32

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def settings(self) -> dict[str, Any]:
        return {"device": "cpu", "thresholds": {"inpainted": 0.5, "generated": 0.6}}

    def scan(self, path: str | Path) -> Finding:
        path = Path(path)
        self.paths.append(path)
        try:
            image = read_image(path)
        except ImageError as error:
            return Finding(str(path), "error", error=str(error))
        if image.pixels.shape[0] == 13:
            raise DeviceError("cuda: too little memory")
        height, width = image.pixels.shape[:2]
        grid = np.full((-(-height // 4), -(-width // 4)), 0.9, np.float32)
        return Finding(
            path=str(path),
            verdict="inpainted",
            sha256=image.sha256,
            bytes=image.bytes,
            format=image.format,
            width=width,
            height=height,
            scores=Scores(0.9, 0.1),
            area=1.0,
            regions=(Region(0.9, 1.0, Box(0, 0, width, height)),),
            evidence=read_evidence(path),
            prob_map=ProbMap(grid, 4, (height, width), 0.5),
        )


@pytest.fixture
def scanner() -> StubScanner:
    return StubScanner()


@pytest.fixture
def server(scanner: StubScanner, tmp_path: Path) -> Iterator[DropServer]:
    server = open_server(scanner, tmp_path, port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ask(
    server: DropServer,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def send(server: DropServer, body: bytes, name: str = "photo.png") -> tuple[int, bytes]:
    headers = {"X-Token": server.token, "X-Name": name}
    status, _, content = ask(server, "POST", "/scan", body, headers)
    return status, content


def photo(height: int = 100) -> bytes:
    stream = BytesIO()
    Image.fromarray(data.astronaut()[:height]).save(stream, "PNG")
    return stream.getvalue()


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


def test_a_reset_in_the_middle_is_quiet_and_leaves_nothing(
    server: DropServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = f"POST /scan HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n"
    head += f"X-Token: {server.token}\r\nContent-Length: 100000\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=10)
    connection.sendall(head.encode() + b"x" * 1000)
    wait_for(lambda: any(tmp_path.rglob("upload*")))
    linger = struct.pack("ii", 1, 0)  # closing resets the connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    wait_for(lambda: not any(tmp_path.iterdir()))
    assert send(server, photo())[0] == 200
    assert capsys.readouterr().err == ""


def test_a_request_that_fails_is_one_line(
    server: DropServer, scanner: StubScanner, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_path: object) -> Finding:
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


def test_a_full_disk_is_an_answer(server: DropServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handler: object, _path: Path, _length: int) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(drop_server.DropHandler, "_receive", fail)
    status, content = send(server, b"x")
    assert (status, content) == (
        507,
        b"cannot keep the image while it is scanned: No space left on device",
    )


def test_many_uploads_at_once_are_all_answered(server: DropServer) -> None:
    content = photo(16)
    with ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(lambda _: send(server, content)[0], range(60)))
    assert statuses == [200] * 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_the_server_is_terminated(tmp_path: Path, number: int) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_SERVER],
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    address = process.stderr.readline().partition("http://")[2].partition("/")[0]
    port = int(address.rpartition(":")[2])
    page = HTTPConnection("127.0.0.1", port, timeout=20)
    page.request("GET", "/")
    token = page.getresponse().read().decode().partition('data-token="')[2].partition('"')[0]
    upload = HTTPConnection("127.0.0.1", port, timeout=20)
    upload.request("POST", "/scan", photo(), {"X-Token": token})
    wait_for(lambda: any(path.stat().st_size for path in tmp_path.rglob("upload*")))
    process.send_signal(number)
    remaining = process.communicate(timeout=30)[1]
    assert "Traceback" not in remaining
    assert not list(tmp_path.iterdir())
    page.close()
    upload.close()


ROOT = Path(__file__).parents[2]
SLOW_SERVER = """
import time
from inpaintscan.jobs.serve import serve_scanner
from tests.cli.test_serve import StubScanner

class Slow(StubScanner):
    def scan(self, path):
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


def test_page_is_the_reports_page_with_a_place_to_drop(server: DropServer) -> None:
    status, headers, content = ask(server, "GET", "/")
    page = content.decode()
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'id="drop"' in page
    assert f'data-token="{server.token}"' in page
    assert '"name":"stub"' in page
    assert "{{" not in page
    policy = headers["Content-Security-Policy"]
    assert f'content="{policy}"' in page
    assert "connect-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert headers["Cache-Control"] == "no-store"


def test_dropped_image_comes_back_as_its_record(
    server: DropServer, scanner: StubScanner, tmp_path: Path
) -> None:
    status, content = send(server, photo(), "holiday%2F%C3%A4%3Cb%3E.png")
    record = json.loads(content)
    assert status == 200
    assert record["path"] == "holiday/ä<b>.png"
    assert record["verdict"] == "inpainted"
    assert (record["width"], record["height"]) == (512, 100)
    assert set(record["pictures"]) == {"preview", "heat", "mask"}
    thumbnail = base64.b64decode(record["thumbnail"].partition(",")[2])
    assert Image.open(BytesIO(thumbnail)).size == (176, 34)
    assert scanner.paths[0].suffix == ".png"
    assert list(tmp_path.iterdir()) == []  # nothing is kept


def test_file_that_is_no_image_is_told_by_its_own_name(server: DropServer, tmp_path: Path) -> None:
    status, content = send(server, b"no image", "notes.txt")
    record = json.loads(content)
    assert status == 200
    assert record["verdict"] == "error"
    assert record["error"].startswith("notes.txt: ")
    assert "upload" not in record["error"]
    assert str(tmp_path) not in content.decode()


def test_error_of_the_device_is_passed_on(server: DropServer) -> None:
    assert send(server, photo(13)) == (500, b"cuda: too little memory")
    assert send(server, photo())[0] == 200


def test_several_at_once_are_scanned_one_after_the_other(
    server: DropServer, scanner: StubScanner
) -> None:
    statuses: list[int] = []
    body = photo()
    threads = [
        threading.Thread(target=lambda: statuses.append(send(server, body)[0])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4
    assert len(set(scanner.paths)) == 4


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
    assert scanner.paths == []


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
    assert scanner.paths == []


def test_taken_port_gives_way_to_a_free_one(
    server: DropServer, scanner: StubScanner, tmp_path: Path
) -> None:
    second = open_server(scanner, tmp_path, port=server.server_port)
    assert second.server_port != server.server_port
    assert second.token != server.token
    second.server_close()


def test_address_that_is_not_here_is_a_usage_error(scanner: StubScanner, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        open_server(scanner, tmp_path, host="192.0.2.1")


@contextmanager
def stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    opened: list[str] = []

    def interrupt(_server: DropServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drop_server.DropServer, "serve_forever", interrupt)
    monkeypatch.setattr("webbrowser.open", opened.append)
    yield opened


def test_serving_says_where_opens_the_page_and_ends_with_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stopped_at_once(monkeypatch) as opened:
        serve_scanner(StubScanner, port=0)
        serve_scanner(StubScanner, port=0, open_browser=False)
    (address,) = opened
    assert address.startswith("http://127.0.0.1:")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"inpaintscan: drop images on {address} (Ctrl-C ends it)"
    assert lines[1] == "inpaintscan: stopped"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("a%2Fb.jpg", "a/b.jpg"),
        ("%2Fetc%2F..%2F..%2Fx.png", "etc/x.png"),
        ("a%0Ab%00c.png", "a b c.png"),
        ("", "image"),
        ("..", "image"),
        ("%FF.png", "\ufffd.png"),
        ("x" * 900, "x" * 500),
    ],
)
def test_names_of_dropped_files(header: str, name: str) -> None:
    assert read_name(header) == name


def test_reading_follows_the_options_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def load(_model: str, **options: Any) -> StubScanner:
        given.update(options)
        return StubScanner()

    monkeypatch.setattr("inpaintscan.scan.load", load)
    monkeypatch.setattr("inpaintscan.jobs.serve.serve_scanner", lambda make, **_more: make())
    serve(ScanOptions(max_pixels=2_000_000, strict=True))
    assert given["max_pixels"] == 2_000_000
    assert given["strict"] is True


@pytest.mark.parametrize("closed", [False, True])
def test_a_server_that_ends_says_nothing_of_the_requests_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], closed: bool
) -> None:
    server = open_server(StubScanner(), tmp_path, port=0)
    if closed:
        server.server_close()
    try:
        (tmp_path / "upload.jpg").read_bytes()
    except FileNotFoundError:
        server.handle_error(None, None)
    server.server_close()
    said = capsys.readouterr().err
    assert said.startswith("" if closed else "inpaintscan: --serve: a request failed: File")
    assert bool(said) is not closed
