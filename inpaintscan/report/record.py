"""A finding <-> the one flat-ish record that every report format shows.

The fields and their order are the product's contract: the same in JSON, JSONL and (flattened) CSV.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inpaintscan.findings import Box, Evidence, Finding, Region, Scores
from inpaintscan.report.shape import check_record
from inpaintscan.report.text import json_safe

SCHEMA_VERSION = "2.0"
"""Of the reports; the first number changes when a field changes its meaning or goes."""

COLUMNS = (
    "path", "sha256", "bytes", "format", "width", "height", "verdict", "reasons", "score",
    "scores.inpainted", "scores.generated", "stated", "area", "regions", "mask", "heatmap",
    "overlay", "evidence", "error", "frame", "mask_sha256", "known",
)  # fmt: skip
"""The columns of the CSV report, in order: `flatten`'s keys."""

_AS_THEY_ARE = (
    "path", "verdict", "sha256", "bytes", "format", "width", "height", "frame", "stated", "area",
    "error", "known",
)  # fmt: skip
"""The fields that a record and a finding have alike."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Written:
    """Paths of the images that were written for a finding, as shown in its record."""

    mask: str | None = None
    heatmap: str | None = None
    overlay: str | None = None
    mask_sha256: str | None = None


NOTHING_WRITTEN = Written()


def to_record(finding: Finding, written: Written = NOTHING_WRITTEN) -> dict[str, Any]:
    """Return the record of a finding: JSON types only, the fields always all there.

    Fractions are rounded to six digits, so that a record reads the same after a round trip.
    """
    scores = finding.scores
    return {
        "path": finding.path,
        "sha256": finding.sha256,
        "bytes": finding.bytes,
        "format": finding.format,
        "width": finding.width,
        "height": finding.height,
        "verdict": finding.verdict,
        "reasons": list(finding.reasons),
        "score": _rounded(finding.score),
        "scores": {
            "inpainted": None if scores is None else _rounded(scores.inpainted),
            "generated": None if scores is None else _rounded(scores.generated),
        },
        "stated": finding.stated,
        "area": _rounded(finding.area),
        "regions": [_region_record(region) for region in finding.regions],
        "mask": written.mask,
        "heatmap": written.heatmap,
        "overlay": written.overlay,
        "evidence": [asdict(item) for item in finding.evidence],
        "error": finding.error,
        "frame": finding.frame,
        "mask_sha256": written.mask_sha256,
        "known": finding.known,
    }


def from_record(record: Mapping[str, Any]) -> tuple[Finding, Written]:
    """Return the finding (without its map) and the written paths of a record.

    Raises:
        DataError: if the record lacks a field or has one of another type.
    """
    check_record(record)
    scores = record["scores"]
    finding = Finding(
        **{name: record[name] for name in _AS_THEY_ARE},
        reasons=tuple(record["reasons"]),
        scores=None if scores["inpainted"] is None else Scores(**scores),
        regions=tuple(
            Region(item["score"], item["area"], Box(*item["box"])) for item in record["regions"]
        ),
        evidence=tuple(
            Evidence(item["kind"], item["value"], item["where"], item.get("signature"))
            for item in record["evidence"]
        ),
    )
    return finding, Written(**{name: record[name] for name in Written.__slots__})


def flatten(record: Mapping[str, Any]) -> dict[str, str | int | float | None]:
    """Return the record with `COLUMNS` as keys and plain values, for a table of text.

    `scores` becomes two columns, `reasons` are joined with `; `, lists of objects are JSON.
    """
    scores = record["scores"]
    flat = {name: record[name] for name in record if name != "scores"}
    flat["reasons"] = "; ".join(record["reasons"])
    flat["scores.inpainted"] = scores["inpainted"]
    flat["scores.generated"] = scores["generated"]
    flat["regions"] = to_json(record["regions"])
    flat["evidence"] = to_json(record["evidence"])
    flat["known"] = int(record["known"])
    return {name: flat[name] for name in COLUMNS}


def to_json(value: object) -> str:
    """Return a value as JSON in one line, text kept readable and safe to show, never a NaN."""
    return json_safe(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _region_record(region: Region) -> dict[str, Any]:
    box = region.box
    return {
        "score": _rounded(region.score),
        "area": _rounded(region.area),
        "box": [box.xmin, box.ymin, box.xmax, box.ymax],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
