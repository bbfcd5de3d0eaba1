"""A very small S3 on this machine: one bucket in memory, one pair of keys, read only."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

KEY = "AKIATESTKEY"
BUCKET = "bucket"


@contextmanager
def small_s3(objects: dict[str, bytes]) -> Iterator[int]:
    """Serve the objects by their keys; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(*self.find())

        def do_HEAD(self) -> None:
            status, body, more = self.find()
            self.answer(status, body, more, send=False)

        def find(self) -> tuple[int, bytes, dict[str, str]]:
            if f"Credential={KEY}/" not in self.headers.get("Authorization", ""):
                text = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
                return 403, text.encode(), {}
            url = urllib.parse.urlsplit(self.path)
            options = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
            key = urllib.parse.unquote(url.path).removeprefix(f"/{BUCKET}").strip("/")
            if "list-type" in options:
                return 200, listing(objects, options).encode(), {}
            if not key:
                return 200, b"", {}
            if key not in objects:
                return 404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", {}
            body = objects[key]
            span = self.headers.get("Range")
            if span is None or self.command == "HEAD":
                return 200, body, {}
            first, _, last = span.removeprefix("bytes=").partition("-")
            end = min(int(last or len(body)), len(body) - 1)
            where = f"bytes {first}-{end}/{len(body)}"
            return 206, body[int(first) : end + 1], {"Content-Range": where}

        def answer(
            self, status: int, body: bytes, more: dict[str, str], *, send: bool = True
        ) -> None:
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", "Sat, 28 Nov 2026 12:00:00 GMT")
            self.send_header("ETag", '"0"')
            self.end_headers()
            if send:
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listing(objects: dict[str, bytes], options: dict[str, str]) -> str:
    """The answer of ListObjectsV2: the keys and the folders directly below a prefix."""
    prefix, delimiter = options.get("prefix", ""), options.get("delimiter", "")
    files, folders = [], set()
    for key in sorted(objects):
        if not key.startswith(prefix):
            continue
        first, slash, _ = key[len(prefix) :].partition("/")
        if delimiter and slash:
            folders.add(f"{prefix}{first}/")
        else:
            files.append(key)
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size>"
        "<LastModified>2026-11-28T12:00:00.000Z</LastModified></Contents>"
        for key in files
    )
    common = "".join(
        f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
        for folder in sorted(folders)
    )
    return (
        '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>'
        f"<KeyCount>{len(files) + len(folders)}</KeyCount>{contents}{common}</ListBucketResult>"
    )


def uri(port: int, key: str, user: str = f"{KEY}:very-secret-word") -> str:
    """The URI of an object or folder of the bucket, with keys and options in it."""
    options = f"scheme=http&region=eu-test-1&endpoint_override=127.0.0.1%3A{port}"
    return f"s3://{user}@{BUCKET}/{key}?{options}"
