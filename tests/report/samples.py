"""Findings of every kind, made by hand, and the reports that are made of them.

python -m tests.report.samples    renews the golden files
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from inpaintscan.findings import Box, Evidence, Finding, Region, Scores
from inpaintscan.report import FORMATS, WRITERS, load_writer
from inpaintscan.report.record import NOTHING_WRITTEN, Written
from inpaintscan.report.run import RunHeader, RunSummary, Unread

GOLDEN = Path(__file__).parents[1] / "golden"

HEADER = RunHeader(
    command="detect",
    model="inpaintscan",
    model_sha256="ab" * 32,
    threshold={"inpainted": 0.62, "generated": 0.71},
    settings={"device": "cpu", "precision": "fp32", "shard": None},
    started="2026-01-02T03:04:05Z",
    version="0.1.0",
    environment={"python": "3.12.1", "torch": "2.6.0"},
    case="26-117",
    examiner="A. Vo",
    folder="/home/reader/repo",
)

LOCALIZE = RunHeader(
    command="localize",
    model=HEADER.model,
    model_sha256=HEADER.model_sha256,
    threshold=HEADER.threshold,
    settings=HEADER.settings,
    started=HEADER.started,
    version=HEADER.version,
    environment=HEADER.environment,
    case=HEADER.case,
    examiner=HEADER.examiner,
    folder=HEADER.folder,
)

FINDINGS: list[tuple[Finding, Written]] = [
    (
        Finding(
            path="photos/clean.jpg",
            verdict="clean",
            sha256="11" * 32,
            bytes=1234,
            format="JPEG",
            width=640,
            height=480,
            scores=Scores(0.012345678, 0.02),
            area=0.0,
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(
            path="photos/inpainted.png",
            verdict="inpainted",
            sha256="22" * 32,
            bytes=99999,
            format="PNG",
            width=100,
            height=80,
            scores=Scores(0.97, 0.1),
            area=0.25,
            regions=(
                Region(0.93, 0.2, Box(10, 20, 50, 60)),
                Region(0.7, 0.05, Box(0, 0, 20, 20)),
            ),
        ),
        Written("out/mask/inpainted.png", "out/heatmap/inpainted.png", None, "33" * 32),
    ),
    (
        Finding(
            path='photos/odd, "name"\n<b>ü</b>:100%.webp',
            verdict="generated",
            sha256="44" * 32,
            bytes=5,
            format="WEBP",
            width=512,
            height=512,
            scores=Scores(0.3, 0.88),
            area=1.0,
            evidence=(Evidence("c2pa", "by a maker", "manifest of Maker & Sons", "trusted"),),
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(
            path="C:\\photos\\unsure.gif",
            verdict="unsure",
            sha256="55" * 32,
            bytes=77,
            format="GIF",
            width=64,
            height=64,
            frame=3,
            reasons=("between the two thresholds", "too small"),
            scores=Scores(0.5, 0.1),
            area=0.01,
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(
            path="photos/known.jpg",
            verdict="inpainted",
            sha256="66" * 32,
            bytes=66,
            format="JPEG",
            width=10,
            height=10,
            scores=Scores(0.99, 0.0),
            area=0.5,
            regions=(Region(0.99, 0.5, Box(0, 0, 10, 5)),),
            known=True,
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(
            path="photos/stated.png",
            verdict="clean",
            sha256="77" * 32,
            bytes=4321,
            format="PNG",
            width=640,
            height=480,
            scores=Scores(0.2, 0.1),
            stated="generated",
            area=0.0,
            evidence=(Evidence("generation-parameters", "A1111: a duck", "PNG tEXt parameters"),),
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(
            path="photos/tampered.jpg",
            verdict="inpainted",
            sha256="88" * 32,
            bytes=4322,
            format="JPEG",
            width=64,
            height=64,
            scores=Scores(0.9, 0.1),
            stated="tampered",
            area=0.5,
            regions=(Region(0.9, 0.5, Box(0, 0, 64, 32)),),
            evidence=(Evidence("c2pa", "manifest by Maker", "JPEG APP11", "broken"),),
        ),
        NOTHING_WRITTEN,
    ),
    (
        Finding(path="photos/broken \udcff.jpg", verdict="error", error="truncated file"),
        NOTHING_WRITTEN,
    ),
]


def render(
    target: str,
    findings: list[tuple[Finding, Written]] | None = None,
    *,
    header: RunHeader = HEADER,
    complete: bool = True,
    unread: Sequence[Unread] = (),
) -> str:
    """Return the report that a writer makes of findings."""
    stream = io.StringIO(newline="")
    writer = load_writer(target)(stream)
    summary = RunSummary(skipped=2, unread=list(unread))
    writer.start(header)
    for finding, written in FINDINGS if findings is None else findings:
        summary.count(finding, header)
        writer.add(finding, written)
    summary.finished = "2026-01-02T03:04:09Z"
    writer.finish(summary, complete=complete)
    return stream.getvalue()


GOLDEN_REPORTS = {
    "report.json": (WRITERS[".json"], HEADER),
    "report.jsonl": (WRITERS[".jsonl"], HEADER),
    "report.coco.json": (WRITERS[".coco.json"], LOCALIZE),
    "report.csv": (WRITERS[".csv"], HEADER),
    "report.sarif": (WRITERS[".sarif"], HEADER),
    "report.xml": (WRITERS[".xml"], HEADER),
    "report.localize.csv": (WRITERS[".csv"], LOCALIZE),
    "stdout.table.txt": (FORMATS["table"], HEADER),
    "stdout.table.localize.txt": (FORMATS["table"], LOCALIZE),
    "stdout.plain.txt": (FORMATS["plain"], HEADER),
    "stdout.plain.localize.txt": (FORMATS["plain"], LOCALIZE),
    "stdout.jsonl": (FORMATS["jsonl"], HEADER),
    "stdout.github.txt": (FORMATS["github"], HEADER),
}


def encoded(text: str) -> bytes:
    """Return the bytes that a report file gets."""
    return text.encode("utf-8", "backslashreplace")


if __name__ == "__main__":
    for name, (target, header) in GOLDEN_REPORTS.items():
        (GOLDEN / name).write_bytes(encoded(render(target, header=header)))
