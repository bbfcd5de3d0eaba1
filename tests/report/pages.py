"""Pages of the HTML report, written and read back."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage import data

from inpaintscan.findings import Box, Evidence, Finding, ProbMap, Region, Scores
from inpaintscan.report.html import HtmlWriter
from inpaintscan.report.record import NOTHING_WRITTEN, Written
from inpaintscan.report.run import RunHeader, RunSummary

HEADER = RunHeader(
    command="detect",
    model="inpaintscan",
    model_sha256="ab" * 32,
    threshold={"inpainted": 0.6, "generated": 0.7},
    settings={"device": "cpu", "note": "</script><b>"},
    started="2026-01-02T03:04:05Z",
    environment={"python": "3.11"},
)


class Page(HTMLParser):
    """The scripts of a page by kind, its start tags, and its policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[tuple[str, dict[str, str | None], str]] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = (tag, dict(attrs)) if tag in {"script", "style"} else None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.contents.append((*self._open, data))
            self._open = None

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(text) for _, a, text in self.contents if a.get("class") == "record"]

    def element(self, identifier: str) -> dict[str, Any]:
        (text,) = [text for _, a, text in self.contents if a.get("id") == identifier]
        parsed: dict[str, Any] = json.loads(text)
        return parsed


def write(
    *findings: Finding, complete: bool = True, written: Written = NOTHING_WRITTEN
) -> tuple[str, Page]:
    stream = StringIO()
    writer = HtmlWriter(stream)
    summary = RunSummary(finished="2026-01-02T03:05:00Z")
    writer.start(HEADER)
    for finding in findings:
        summary.count(finding, HEADER)
        writer.add(finding, written)
    writer.finish(summary, complete=complete)
    return stream.getvalue(), Page(stream.getvalue())


def prob_map(height: int, width: int) -> ProbMap:
    """A map with its lower right quarter replaced."""
    grid = np.zeros((-(-height // 4), -(-width // 4)), np.float32)
    grid[grid.shape[0] // 2 :, grid.shape[1] // 2 :] = 0.9
    return ProbMap(grid, 4, (height, width), 0.5)


def photo_finding(path: Path, **changes: object) -> Finding:
    pixels = data.astronaut()
    Image.fromarray(pixels).save(path)
    fields: dict[str, Any] = {
        "path": path.as_posix(),
        "verdict": "inpainted",
        "sha256": "cd" * 32,
        "bytes": path.stat().st_size,
        "format": "PNG" if path.suffix == ".png" else "JPEG",
        "width": 512,
        "height": 512,
        "reasons": ("heavily compressed",),
        "scores": Scores(0.91, 0.12),
        "area": 0.25,
        "regions": (Region(0.9, 0.25, Box(256, 256, 512, 512)),),
        "evidence": (Evidence("software", "Tool <3>", "PNG tEXt Software"),),
        "prob_map": prob_map(512, 512),
        "content": path.read_bytes(),
    }
    return Finding(**(fields | changes))
