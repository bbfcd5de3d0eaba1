"""The options of a scan, the model they were resolved to, and how reports tell of both."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inpaintscan.cluster.uris import shown_uri
from inpaintscan.errors import UsageError
from inpaintscan.files import sha256_of
from inpaintscan.images.rules import MAX_PIXELS, Rules
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.provenance.c2pa import read_trust_list
from inpaintscan.report.run import RunHeader, read_environment, working_folder
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
        with _uncollected():
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


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage in what is loaded here, neither now nor ever: it stays for good.

    Else the collector goes through PyTorch's half a million objects again and again: a tenth of the
    time to the first record, and another tenth when the process ends.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_collecting:
            gc.enable()


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


def to_header(
    command: str, settings: ScanSettings, resolved: dict[str, Any], started: str
) -> RunHeader:
    """Return the header of a run, from what was asked for and what its scanner `resolved`."""
    options = settings.options
    table = settings.limits()
    limits = table.default
    given = {
        "unsure_thresholds": {name: limit.unsure for name, limit in limits.items()},
        "carrier_thresholds": table.reported_by_carrier(),
        "paths": [shown_uri(path) for path in options.paths],
        "frames": options.frames,
        "threshold": options.threshold,
        "fpr": options.fpr,
        "include": list(options.include),
        "exclude": list(options.exclude),
        "shard": options.shard and "{}/{}".format(*options.shard),
        "trust_list": None if options.trust_list is None else str(options.trust_list),
        "baseline": None if options.baseline is None else str(options.baseline),
    }
    return RunHeader(
        command=command,
        model=settings.card.name,
        model_sha256=settings.model_sha256,
        threshold={name: limit.report for name, limit in limits.items()},
        settings=resolved | given,
        started=started,
        fail_on=options.fail_on,
        environment=read_environment(),
        case=options.case,
        examiner=options.examiner,
        folder=working_folder(),
    )
