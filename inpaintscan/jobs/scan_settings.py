"""The options of a scan and the model they were resolved to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inpaintscan.errors import UsageError
from inpaintscan.files import sha256_of
from inpaintscan.images.rules import MAX_PIXELS, Rules
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.provenance.trust import read_trust_list
from inpaintscan.report.run import read_environment
from inpaintscan.scan import Scanner
from inpaintscan.scan.verdict import LimitTable, resolve_limits
from inpaintscan.weights import Card, read_card, resolve_model


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What decides a record, beside the image."""

    card: Card
    model_path: Path
    model_sha256: str
    options: ScanOptions
    trust_sha256: str | None = None
    """Of the certificates in the trust list."""

    @property
    def rules(self) -> Rules:
        """What is read and what is refused."""
        return Rules(self.options.max_pixels or MAX_PIXELS, self.options.strict)

    def limits(self) -> LimitTable:
        """Return the scores from which images are reported and unsure, by class and carrier."""
        return resolve_limits(self.card, self.options.fpr, self.options.threshold)

    def deciding(self) -> dict[str, Any]:
        """Return what must be the same for two scans of an image to give the same record."""
        same = ("device", "precision", "frames", "threshold", "fpr")
        return {
            "model_sha256": self.model_sha256,
            **{name: getattr(self.options, name) for name in same},
            "max_pixels": self.rules.max_pixels,
            "strict": self.rules.strict,
            "trust_list": self.trust_sha256,
            "c2pa": read_environment().get("c2pa-python"),
        }

    def open_scanner(self) -> Scanner:
        """Load the model as the options say."""
        from inpaintscan.device import use_threads
        from inpaintscan.scan import load

        options = self.options
        use_threads(options.threads)
        return load(
            str(self.model_path),
            device=options.device,
            precision=options.precision,
            batch_size=options.batch_size,
            workers=options.workers,
            fpr=options.fpr,
            threshold=options.threshold,
            frames=options.frames,
            max_pixels=self.rules.max_pixels,
            strict=options.strict,
            trust_list=options.trust_list,
        )


def read_settings(options: ScanOptions) -> ScanSettings:
    """Check the options that choose the model; torch is not loaded for it.

    Raises:
        UsageError: for values that do not go together.
        WeightsError: if there is no such model, or it has no such threshold.
    """
    if options.threshold is not None and options.fpr is not None:
        raise UsageError("--threshold and --fpr exclude each other: both choose the threshold")
    path, trust = resolve_model(options.model), None
    if options.trust_list is not None:
        trust = hashlib.sha256(read_trust_list(options.trust_list).encode()).hexdigest()
    settings = ScanSettings(read_card(path), path, sha256_of(path), options, trust)
    settings.limits()
    return settings
