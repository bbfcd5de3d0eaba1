"""What a report says about the run itself: the header before the records, the totals after them."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from inpaintscan import __version__
from inpaintscan.errors import COUNTABLE, DEFAULT_FAIL_ON
from inpaintscan.findings import VERDICTS, Finding
from inpaintscan.report.record import SCHEMA_VERSION


def finding_kinds(finding: Finding) -> tuple[str, ...]:
    """Return which of `COUNTABLE` a finding is: by its pixels, and by what its file says."""
    return countable_kinds(finding.verdict, finding.stated)


def countable_kinds(verdict: str, stated: str | None) -> tuple[str, ...]:
    """Return the same for the fields of a record."""
    statement = "stated" if stated in {"generated", "composite"} else stated
    return tuple(kind for kind in (verdict, statement) if kind in COUNTABLE)


@dataclass(frozen=True, slots=True)
class RunHeader:
    """Known before the first image."""

    command: str
    """`detect`, `localize` or `segment`."""
    model: str
    model_sha256: str
    threshold: dict[str, float]
    """The score of each class from which a finding is reported."""
    settings: dict[str, Any]
    """Every option that could matter: device, precision, fpr, shard, ..."""
    started: str
    """UTC, ISO 8601."""
    fail_on: tuple[str, ...] = DEFAULT_FAIL_ON
    """Which of `COUNTABLE` are a finding."""
    version: str = __version__
    environment: dict[str, str] = field(default_factory=dict)
    """Versions of Python and of the packages that compute."""
    case: str | None = None
    """The name or number of the case, for the file it goes into."""
    examiner: str | None = None
    """Who examined the images."""
    folder: str = ""
    """The working directory, from which relative paths lead; empty where there is none."""

    def is_finding(self, finding: Finding) -> bool:
        """Whether it counts: it is something of `fail_on`, and no baseline knows it."""
        return bool(self.kinds(finding)) and not finding.known

    def kinds(self, finding: Finding) -> tuple[str, ...]:
        """Return what of `fail_on` a finding is, known or not."""
        return tuple(kind for kind in finding_kinds(finding) if kind in self.fail_on)

    def to_dict(self) -> dict[str, Any]:
        """Return the header's fields as JSON types, in the order of the reports."""
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": "inpaintscan",
            "version": self.version,
            "command": self.command,
            "case": self.case,
            "examiner": self.examiner,
            "model": {"name": self.model, "sha256": self.model_sha256},
            "threshold": self.threshold,
            "fail_on": list(self.fail_on),
            "settings": self.settings,
            "environment": self.environment,
            "started": self.started,
        }


@dataclass(frozen=True, slots=True)
class Unread:
    """A picture that was passed over."""

    path: str
    reason: str
    """What it is, and what to do."""


@dataclass(slots=True)
class RunSummary:
    """The totals, counted in this one place while the findings pass."""

    images: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    stated: int = 0
    """Images whose file says that it was made by AI or composed with AI."""
    tampered: int = 0
    """Images whose Content Credentials do not hold."""
    findings: int = 0
    known: int = 0
    skipped: int = 0
    """Files in scanned directories that are no images, those of `unread` included."""
    unread: list[Unread] = field(default_factory=list)
    """Pictures in scanned directories that are not read."""
    finished: str = ""
    """UTC, ISO 8601; empty while the run goes on."""

    def count(self, finding: Finding, header: RunHeader) -> None:
        """Add one finding to the totals."""
        self.images += 1
        self.counts[finding.verdict] += 1
        kinds = finding_kinds(finding)
        self.stated += "stated" in kinds
        self.tampered += "tampered" in kinds
        self.known += finding.known
        self.findings += header.is_finding(finding)

    def to_dict(self, *, complete: bool) -> dict[str, Any]:
        """Return the totals as JSON types; `complete` is false for a report cut short."""
        return {
            "finished": self.finished,
            "counts": {
                "images": self.images,
                **self.counts,
                "stated": self.stated,
                "tampered": self.tampered,
                "findings": self.findings,
                "known": self.known,
                "skipped": self.skipped,
            },
            "skipped": [{"path": item.path, "reason": item.reason} for item in self.unread],
            "complete": complete,
        }


def utc_now() -> str:
    """Return the present time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def working_folder() -> str:
    """Return the working directory as text; empty where it is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def read_environment() -> dict[str, str]:
    """Return the versions of what computes the scores, without importing it."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("torch", "torchvision", "timm", "pillow", "numpy", "c2pa-python"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
