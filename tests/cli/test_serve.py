"""`detect --serve`: the page, and what comes back of what is dropped on it."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from inpaintscan.errors import UsageError
from inpaintscan.jobs import drop_server
from inpaintscan.jobs.drop_server import DropServer, read_name
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.jobs.serve import open_server, serve, serve_scanner
from tests.cli.serving import StubScanner, ask, photo, send


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


def test_dropped_image_comes_back_as_its_record(server: DropServer, scanner: StubScanner) -> None:
    status, content = send(server, photo(), "holiday%2F%C3%A4%3Cb%3E.png")
    record = json.loads(content)
    assert status == 200
    assert record["path"] == "holiday/ä<b>.png"
    assert record["verdict"] == "inpainted"
    assert (record["width"], record["height"]) == (512, 100)
    assert set(record["pictures"]) == {"preview", "heat", "mask"}
    thumbnail = base64.b64decode(record["thumbnail"].partition(",")[2])
    assert Image.open(BytesIO(thumbnail)).size == (176, 34)
    assert scanner.names == ["holiday/ä<b>.png"]


def test_nothing_that_is_dropped_is_written_to_a_disk(server: DropServer) -> None:
    opened: list[object] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and arguments[1] not in {"r", "rb"}:
            opened.append(arguments[0])

    sys.addaudithook(watch)  # there is no way to remove it
    try:
        assert send(server, photo())[0] == 200
    finally:
        watching = False
    assert opened == []


def test_file_that_is_no_image_is_told_by_its_own_name(server: DropServer) -> None:
    status, content = send(server, b"no image", "notes.txt")
    record = json.loads(content)
    assert status == 200
    assert record["verdict"] == "error"
    assert record["error"].startswith("notes.txt: ")


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
    assert len(scanner.names) == 4


def test_taken_port_gives_way_to_a_free_one(server: DropServer, scanner: StubScanner) -> None:
    second = open_server(scanner, port=server.server_port)
    assert second.server_port != server.server_port
    assert second.token != server.token
    second.server_close()


def test_address_that_is_not_here_is_a_usage_error(scanner: StubScanner) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        open_server(scanner, host="192.0.2.1")


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
