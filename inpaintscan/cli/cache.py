"""Results of earlier scans, by the content of the image and everything that decides the result.

DIR/<run key>/settings.json     what the scanner resolved: device, precision, ...
DIR/<run key>/<ab>/<sha256>.json    the records of a file, one a frame
DIR/<run key>/<ab>/<sha256>.map     their probability maps, where a run needed them

A damaged entry counts as none. Errors are not kept: the next scan tries again.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inpaintscan import __version__
from inpaintscan.errors import DataError, UsageError
from inpaintscan.files import write_bytes
from inpaintscan.findings import ProbMap
from inpaintscan.report.record import SCHEMA_VERSION, from_record, to_record
from inpaintscan.report.run import read_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inpaintscan.cli.settings import ScanSettings
    from inpaintscan.findings import Finding


class Cache:
    """The entries of one model with one set of settings."""

    def __init__(self, folder: Path, settings: ScanSettings, *, needs_maps: bool) -> None:
        self._needs_maps = needs_maps
        self._folder = folder / _run_key(settings)[:16]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--cache {folder}: {error.strerror or error}") from error

    def read_resolved(self) -> dict[str, Any] | None:
        """Return what the scanner had resolved, or None before the first entry."""
        try:
            resolved = json.loads((self._folder / "settings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return resolved if isinstance(resolved, dict) else None

    def write_resolved(self, resolved: dict[str, Any]) -> None:
        """Keep what the scanner resolved, for runs that need no scanner."""
        write_bytes(self._folder / "settings.json", json.dumps(resolved, indent=1).encode())

    def find(self, sha256: str, name: str) -> list[Finding] | None:
        """Return the findings of a file's frames under a record name, or None if not kept."""
        path = self._entry(sha256)
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            findings = [replace(from_record(item)[0], path=name) for item in entry["records"]]
            if not self._needs_maps:
                return findings
            packed = path.with_suffix(".map").read_bytes()
            return _with_maps(findings, entry["maps"], packed)
        except (OSError, ValueError, KeyError, TypeError, DataError, zlib.error):
            return None

    def keep(self, findings: Sequence[Finding]) -> None:
        """Keep the findings of all frames of one file, unless one is an error."""
        sha256 = findings[0].sha256
        if sha256 is None or any(finding.verdict == "error" for finding in findings):
            return
        path = self._entry(sha256)
        path.parent.mkdir(exist_ok=True)
        maps = [_map_shape(finding.prob_map) for finding in findings]
        if self._needs_maps and None not in maps:
            grids = b"".join(
                finding.prob_map.grid.tobytes() for finding in findings if finding.prob_map
            )
            write_bytes(path.with_suffix(".map"), zlib.compress(grids, 1))
        entry = {"records": [to_record(finding) for finding in findings], "maps": maps}
        write_bytes(path, json.dumps(entry).encode())

    def _entry(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.json"


def _run_key(settings: ScanSettings) -> str:
    environment = read_environment()
    parts = settings.deciding() | {
        "version": __version__,
        "schema_version": SCHEMA_VERSION,
        "torch": environment.get("torch"),
        "pillow": environment.get("pillow"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _map_shape(prob_map: ProbMap | None) -> dict[str, Any] | None:
    if prob_map is None:
        return None
    return {
        "grid": list(prob_map.grid.shape),
        "stride": prob_map.stride,
        "size_hw": list(prob_map.size_hw),
        "threshold": prob_map.threshold,
    }


def _with_maps(
    findings: list[Finding], shapes: list[dict[str, Any]], packed: bytes
) -> list[Finding]:
    """Give the findings their maps: float32 grids, one after the other.

    Raises:
        ValueError: if the maps are not as long as the shapes say.
    """
    values = np.frombuffer(zlib.decompress(packed), dtype=np.float32)
    ends = np.cumsum([int(np.prod(shape["grid"])) for shape in shapes])
    if ends[-1] != len(values):
        raise ValueError("maps of another length")
    grids = np.split(values, ends[:-1])
    return [
        replace(
            finding,
            prob_map=ProbMap(
                grid=grid.reshape(shape["grid"]),
                stride=shape["stride"],
                size_hw=(shape["size_hw"][0], shape["size_hw"][1]),
                threshold=shape["threshold"],
            ),
        )
        for finding, shape, grid in zip(findings, shapes, grids, strict=True)
    ]
