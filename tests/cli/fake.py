"""The console tool with a scanner that needs no network: a file's name says its verdict.

`python -m tests.cli.fake ARGUMENTS` is `inpaintscan ARGUMENTS` with it; FAKE_SECONDS is the time it
takes for an image.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

import inpaintscan.scan
from inpaintscan.errors import ImageError
from inpaintscan.findings import Box, Finding, ProbMap, Region, Scores, Verdict
from inpaintscan.images import (
    DEFAULT_RULES,
    ImageFile,
    Rules,
    decode_frames,
    decode_image,
    read_content,
)
from inpaintscan.images.rules import MAX_PIXELS
from inpaintscan.provenance import read_evidence
from inpaintscan.provenance.stated import to_stated
from inpaintscan.scan.regions import mask_area
from inpaintscan.weights import METADATA_KEY, Card, Threshold, card_to_json

POINTS = (Threshold(0.05, 0.4), Threshold(0.01, 0.6), Threshold(0.001, 0.9))
SCORES: dict[Verdict, Scores] = {
    "clean": Scores(0.1, 0.05),
    "unsure": Scores(0.5, 0.1),
    "inpainted": Scores(0.95, 0.2),
    "generated": Scores(0.3, 0.8),
}
STRIDE = 4


class FakeScanner:
    """Answers by the file's name, with a map whose middle is hot for `inpainted`."""

    opened = 0
    """How many were made: a run that needs no scanner makes none."""

    def __init__(
        self, frames: str = "first", seconds: float = 0.0, rules: Rules = DEFAULT_RULES
    ) -> None:
        type(self).opened += 1
        self._frames = frames
        self._seconds = seconds
        self._rules = rules
        self.read: list[str] = []

    def settings(self) -> dict[str, object]:
        return {"device": "fake", "precision": "fp32"}

    def scan_files(
        self, files: Iterable[ImageFile | Finding], *, keep_content: bool = False
    ) -> Iterator[Finding]:
        for file in files:
            if isinstance(file, Finding):
                yield file
                continue
            time.sleep(self._seconds)
            self.read.append(file.name)
            try:
                content = file.content or read_content(file.path, rules=self._rules)
                evidence = read_evidence(content.data)
                is_all = self._frames == "all"
                images = (
                    decode_frames(content, rules=self._rules)
                    if is_all
                    else [decode_image(content, rules=self._rules)]
                )
                for image in images:
                    height, width = image.pixels.shape[:2]
                    yield Finding(
                        path=file.name,
                        sha256=image.sha256,
                        bytes=image.bytes,
                        format=image.format,
                        width=width,
                        height=height,
                        frame=image.frame if is_all else None,
                        evidence=evidence,
                        stated=to_stated(evidence),
                        content=content.data if keep_content else None,
                        **answer(file.path, height, width, image.damage),  # type: ignore[arg-type]
                    )
            except ImageError as error:
                yield Finding(file.name, "error", error=str(error))


def answer(path: Path, height: int, width: int, damage: tuple[str, ...] = ()) -> dict[str, object]:
    """Return verdict, scores, map and so on for a name; the map of a `hot` one is hot."""
    verdict: Verdict = next((word for word in SCORES if path.name.startswith(word)), "clean")
    grid = np.full((-(-height // STRIDE), -(-width // STRIDE)), 0.02, dtype=np.float32)
    regions: tuple[Region, ...] = ()
    if verdict == "inpainted":
        rows, columns = grid.shape
        grid[rows // 4 : rows // 2, columns // 4 : columns // 2] = 0.98
        regions = (Region(0.98, 0.0625, Box(width // 4, height // 4, width // 2, height // 2)),)
    if "hot" in path.name:
        grid[:] = 0.98
    prob_map = ProbMap(grid, STRIDE, (height, width), 0.5)
    return {
        "verdict": verdict,
        "scores": SCORES[verdict],
        "area": mask_area(verdict, prob_map),
        "regions": regions,
        "prob_map": prob_map,
        "reasons": (("between the two thresholds",) if verdict == "unsure" else ()) + damage,
    }


def fake_load(
    _model: str,
    *,
    frames: str = "first",
    max_pixels: int = MAX_PIXELS,
    strict: bool = False,
    **_more: object,
) -> FakeScanner:
    """Stand in for `inpaintscan.scan.load`; FAKE_LOADING is the time it takes."""
    if loading := float(os.environ.get("FAKE_LOADING", "0")):
        print("loading", file=sys.stderr, flush=True)
        time.sleep(loading)
    seconds = float(os.environ.get("FAKE_SECONDS", "0"))
    return FakeScanner(frames, seconds, Rules(max_pixels, strict))


def write_card(path: Path, name: str = "fake") -> None:
    """Write a weights file that holds a card and no tensors."""
    card = Card(
        name, "multi", "scannet", thresholds=dict.fromkeys(("inpainted", "generated"), POINTS)
    )
    header = json.dumps({"__metadata__": {METADATA_KEY: card_to_json(card)}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind
    from inpaintscan.cli.app import main

    inpaintscan.scan.load = fake_load  # type: ignore[assignment]
    main()
