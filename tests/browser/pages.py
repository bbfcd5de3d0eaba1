"""The pages that are looked at in a browser: photos, a report of them, a scanner for the server."""

from __future__ import annotations

import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage import data

from inpaintscan.errors import ImageError
from inpaintscan.findings import Box, Evidence, Finding, ProbMap, Region, Scores
from inpaintscan.images import decode_image
from inpaintscan.report.html import HtmlWriter
from inpaintscan.report.record import NOTHING_WRITTEN
from inpaintscan.report.run import RunHeader, RunSummary, read_environment
from inpaintscan.scan.sources import file_of_bytes
from inpaintscan.weights import Card

HOSTILE = 'x"><img src=x onerror=document.title=1>.jpg'
THRESHOLDS = {"inpainted": 0.62, "generated": 0.71}
PHOTOS = ("astronaut", "coffee", "chelsea", "rocket", "immunohistochemistry", "retina")


@cache
def find_region(name: str, content: bytes, verdict: str, shift: float = 0.0) -> Finding:
    """Return a finding with a round region, as a network might give it."""
    file = file_of_bytes(content, name).content
    assert file is not None
    image = decode_image(file)
    height, width = image.pixels.shape[:2]
    rows, columns = np.mgrid[: -(-height // 4), : -(-width // 4)] * 4.0
    distance = ((rows / height - 0.45) ** 2 + (columns / width - 0.5 - shift) ** 2) ** 0.5
    grid = (0.95 / (1 + np.exp((distance - 0.22) * 40))).astype(np.float32)
    regions: tuple[Region, ...] = ()
    if verdict in {"inpainted", "unsure"}:
        inside = np.argwhere(grid >= 0.5) * 4
        (top, left), (bottom, right) = inside.min(0), inside.max(0) + 4
        box = Box(int(left), int(top), min(int(right), width), min(int(bottom), height))
        regions = (Region(0.87, float((grid >= 0.5).mean()), box),)
    else:
        grid *= 0.1
    inpainted = {"inpainted": 0.93, "unsure": 0.55}.get(verdict, 0.08)
    return Finding(
        path=name,
        verdict=verdict,  # type: ignore[arg-type]
        sha256=image.sha256,
        bytes=image.bytes,
        format=image.format,
        width=width,
        height=height,
        reasons=("between the two thresholds",) if verdict == "unsure" else (),
        scores=Scores(inpainted, 0.88 if verdict == "generated" else 0.11),
        area=float((grid >= 0.5).mean()),
        regions=regions,
        evidence=(
            (Evidence("iptc-digital-source-type", "trainedAlgorithmicMedia", "JPEG APP1 XMP"),)
            if verdict == "generated"
            else ()
        ),
        prob_map=ProbMap(grid, 4, (height, width), 0.5),
        content=content,
    )


class StubScanner:
    """Calls every readable image inpainted."""

    card = Card(name="stub", task="multi", arch="stub")
    model_sha256 = "12" * 32

    def settings(self) -> dict[str, Any]:
        """Return thresholds as a scanner does."""
        return {"device": "cpu", "precision": "fp32", "thresholds": THRESHOLDS}

    def scan(self, content: bytes, name: str) -> Finding:
        """Return a finding, or an error, after the time a scan may take."""
        time.sleep(0.3)
        try:
            return find_region.__wrapped__(name, content, "inpainted")
        except ImageError as error:
            return Finding(name, "error", error=str(error))


def write_photos(folder: Path) -> list[Path]:
    """Write photos under sober names, and one under a hostile one."""
    paths = []
    for name in PHOTOS:
        path = folder / f"{name}.jpg"
        photo = Image.fromarray(getattr(data, name)())
        photo.thumbnail((400, 400))
        photo.save(path, quality=90)
        paths.append(path)
    paths.append(folder / HOSTILE.replace("/", "_"))
    shutil.copyfile(paths[0], paths[-1])
    return paths


def write_report(page: Path, paths: list[Path], count: int, *, complete: bool = True) -> None:
    """Write a report of `count` images, the photos over and over."""
    header = RunHeader(
        command="detect", model="inpaintscan", model_sha256="9f2c" * 16, threshold=THRESHOLDS,
        settings={"device": "cpu", "precision": "fp32", "fpr": 0.01, "frames": "first"},
        started="2026-01-02T03:04:05Z", environment=read_environment(),
    )  # fmt: skip
    summary = RunSummary(finished="2026-01-02T03:09:21Z", skipped=3)
    verdicts = ("inpainted", "clean", "generated", "clean", "unsure", "clean", "clean")
    with page.open("w", encoding="utf-8") as stream:
        writer = HtmlWriter(stream)
        writer.start(header)
        for number in range(count):
            path = paths[number % len(paths)]
            if number % 50 == 20:
                finding = Finding(f"broken-{number}.jpg", "error", error="damaged image")
            else:
                verdict, shift = verdicts[number * 5 % 7], number % 5 / 20 - 0.1
                finding = find_region(str(path), path.read_bytes(), verdict, shift)
            summary.count(finding, header)
            writer.add(finding, NOTHING_WRITTEN)
        writer.finish(summary, complete=complete)
