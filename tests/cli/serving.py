"""A server with a stub of a scanner, and what asks it."""

from __future__ import annotations

from http.client import HTTPConnection
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from skimage import data

from inpaintscan.errors import DeviceError, ImageError
from inpaintscan.findings import Box, Finding, ProbMap, Region, Scores
from inpaintscan.images import decode_image
from inpaintscan.jobs.drop_server import DropServer
from inpaintscan.provenance import read_evidence
from inpaintscan.scan.sources import file_of_bytes
from inpaintscan.weights import Card


class StubScanner:
    """Finds a region in whatever can be read."""

    card = Card(name="stub", task="multi", arch="stub")
    model_sha256 = "12" * 32

    def __init__(self) -> None:
        self.names: list[str] = []

    def settings(self) -> dict[str, Any]:
        return {"device": "cpu", "thresholds": {"inpainted": 0.5, "generated": 0.6}}

    def scan(self, content: bytes, name: str) -> Finding:
        self.names.append(name)
        file = file_of_bytes(content, name).content
        assert file is not None
        try:
            image = decode_image(file)
        except ImageError as error:
            return Finding(name, "error", error=str(error))
        if image.pixels.shape[0] == 13:
            raise DeviceError("cuda: too little memory")
        height, width = image.pixels.shape[:2]
        grid = np.full((-(-height // 4), -(-width // 4)), 0.9, np.float32)
        return Finding(
            path=name,
            verdict="inpainted",
            sha256=image.sha256,
            bytes=image.bytes,
            format=image.format,
            width=width,
            height=height,
            scores=Scores(0.9, 0.1),
            area=1.0,
            regions=(Region(0.9, 1.0, Box(0, 0, width, height)),),
            evidence=read_evidence(content),
            prob_map=ProbMap(grid, 4, (height, width), 0.5),
        )


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
