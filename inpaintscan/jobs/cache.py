"""Results of earlier scans, by the content of the image and everything that decides the result.

DIR/<run key>/settings.json     what the scanner resolved: device, precision, ...
DIR/<run key>/<ab>/<sha256>.json    the records of a file, one a frame
DIR/<run key>/<ab>/<sha256>.map     their probability maps, where a run needed them

A damaged entry counts as none. Errors are not kept: the next scan tries again. Nothing that can go
wrong with a cache changes or ends a scan.
"""

from __future__ import annotations

import errno
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from stat import S_ISREG
from typing import Any

import numpy as np

from inpaintscan import __version__
from inpaintscan.errors import DataError, UsageError
from inpaintscan.files import write_bytes
from inpaintscan.findings import Finding, ProbMap
from inpaintscan.jobs.messages import say
from inpaintscan.jobs.scan_settings import ScanSettings
from inpaintscan.report.record import SCHEMA_VERSION, from_record, to_record
from inpaintscan.report.run import read_environment
from inpaintscan.shapes import (
    ShapeError,
    list_of,
    mapping_of,
    parse_json,
    table,
    text,
    unchecked,
)

_ENTRY = table({"records": list_of(mapping_of(unchecked), least=1)}, more=True)
_MOST_BYTES = 256 * 1024 * 1024
"""Of an entry's records."""
_MOST_MAP_BYTES = 1024 * 1024 * 1024
_RESOLVED = table({"device": text(200), "precision": text(200)}, more=True)


class Cache:
    """The entries of one model with one set of settings.

    It may save time, and nothing else: what cannot be read or written, or is damaged, costs one
    warning, and the scan goes on without.
    """

    def __init__(
        self,
        folder: Path,
        settings: ScanSettings,
        *,
        needs_maps: bool,
        warn: Callable[[str], None] = say,
    ) -> None:
        """Open the folder, or make it.

        Raises:
            UsageError: if it is a file.
        """
        self._needs_maps = needs_maps
        self._card = settings.card
        self._max_pixels = settings.rules.max_pixels
        self._named = folder
        self._folder = folder / _run_key(settings)[:16]
        self._warn = warn
        self._warned = False
        self._writable = True
        try:
            if folder.is_file():
                raise UsageError(f"--cache {folder}: is a file; name a folder")
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._give_up(error)

    def read_resolved(self) -> dict[str, Any] | None:
        """Return what the scanner had resolved, or None before the first entry."""
        try:
            resolved: dict[str, Any] = parse_json(_read(self._folder / "settings.json"))
            _RESOLVED(resolved, "settings")
        except FileNotFoundError:
            return None
        except (OSError, ShapeError) as error:
            self._complain(error)
            return None
        return resolved

    def write_resolved(self, resolved: dict[str, Any]) -> None:
        """Keep what the scanner resolved, for runs that need no scanner."""
        self._write(self._folder / "settings.json", json.dumps(resolved, indent=1).encode())

    def find(self, sha256: str, name: str) -> list[Finding] | None:
        """Return the findings of a file's frames under a record name, or None if not kept."""
        path = self._entry(sha256)
        try:
            entry = parse_json(_read(path))
            _ENTRY(entry, "entry")
            findings = [_to_finding(item, sha256, name) for item in entry["records"]]
            _check_frames(findings)
            if not self._needs_maps:
                return findings
            packed = _read(path.with_suffix(".map"), _MOST_MAP_BYTES)
            return self._with_maps(findings, packed)
        except FileNotFoundError:
            return None
        except (OSError, ShapeError, DataError, zlib.error) as error:
            self._complain(error)
            return None

    def keep(self, findings: Sequence[Finding]) -> None:
        """Keep the findings of all frames of one file, unless one is an error."""
        sha256 = findings[0].sha256
        if sha256 is None or any(finding.verdict == "error" for finding in findings):
            return
        path = self._entry(sha256)
        grids = [finding.prob_map.grid.tobytes() for finding in findings if finding.prob_map]
        if self._needs_maps and len(grids) == len(findings):
            self._write(path.with_suffix(".map"), zlib.compress(b"".join(grids), 1))
        entry = {"records": [to_record(finding) for finding in findings]}
        self._write(path, json.dumps(entry).encode())

    def _with_maps(self, findings: list[Finding], packed: bytes) -> list[Finding]:
        """Give the findings their maps: float32 grids, one after the other.

        Raises:
            ShapeError: if the maps do not fit the images, or hold no probabilities.
            zlib.error: if they are damaged.
        """
        stride, threshold = self._card.input.stride, self._card.mask_threshold
        sizes = [(finding.height or 0, finding.width or 0) for finding in findings]
        shapes = [(-(-height // stride), -(-width // stride)) for height, width in sizes]
        ends = list(accumulate(rows * columns for rows, columns in shapes))
        if 0 in ends or ends[-1] > self._max_pixels:
            raise ShapeError("entry.records are of images of no size, or larger than any is read")
        unpacked = zlib.decompressobj().decompress(packed, 4 * ends[-1] + 1)
        if len(unpacked) != 4 * ends[-1]:
            raise ShapeError("maps of another length")
        values = np.frombuffer(unpacked, dtype=np.float32)
        if not bool(((values >= 0) & (values <= 1)).all()):
            raise ShapeError("maps of values that are no probabilities")
        grids = np.split(values, ends[:-1])
        return [
            replace(finding, prob_map=ProbMap(grid.reshape(shape), stride, size_hw, threshold))
            for finding, grid, shape, size_hw in zip(findings, grids, shapes, sizes, strict=True)
        ]

    def _write(self, path: Path, content: bytes) -> None:
        if not self._writable:
            return
        try:
            path.parent.mkdir(exist_ok=True)
            write_bytes(path, content)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """Write nothing more: a disk that is full stays so."""
        self._writable = False
        self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            why = getattr(error, "strerror", None) or error
            self._warn(f"--cache {self._named}: {why}; the scan goes on without what it lacks")

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


def _to_finding(record: dict[str, Any], sha256: str, name: str) -> Finding:
    """Return the finding of a record that was kept.

    Raises:
        DataError: if it is no record.
        ShapeError: if it is the record of another file, or one that is never kept.
    """
    finding = from_record(record)[0]
    if finding.sha256 != sha256 or finding.verdict == "error" or finding.scores is None:
        raise ShapeError("entry.records holds a record of something else")
    return replace(finding, path=name, known=False)


def _check_frames(findings: Sequence[Finding]) -> None:
    frames = [finding.frame for finding in findings]
    if frames not in ([None], list(range(len(frames)))):
        raise ShapeError("entry.records are not those of one file")


def _read(path: Path, most: int = _MOST_BYTES) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: if it cannot be read, is too large for an entry, or is a pipe, which would wait for
            ever.
    """
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "an entry is no file")
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"an entry of {status.st_size:,} bytes")
    return path.read_bytes()
