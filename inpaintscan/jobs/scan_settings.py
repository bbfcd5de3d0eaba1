"""The shared options, checked: what a scan is run with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inpaintscan.errors import UsageError
from inpaintscan.files import sha256_of
from inpaintscan.images.rules import CEILING, MAX_PIXELS, MEGAPIXEL, Rules
from inpaintscan.provenance.trust import read_trust_list
from inpaintscan.report.run import COUNTABLE, read_environment
from inpaintscan.scan.verdict import resolve_limits
from inpaintscan.weights import read_card, resolve_model

if TYPE_CHECKING:
    from pathlib import Path

    from inpaintscan.jobs.scan_options import ScanOptions
    from inpaintscan.scan.verdict import LimitTable
    from inpaintscan.weights import Card

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What decides a record, beside the image; and the model it was resolved to."""

    card: Card
    model_path: Path
    model_sha256: str
    device: str
    precision: str
    frames: str
    threshold: float | None
    fpr: float | None
    batch_size: int | None
    workers: int | None
    rules: Rules
    threads: int | None
    trust_list: Path | None = None
    trust_sha256: str | None = None
    """Of the certificates in the trust list."""

    def limits(self) -> LimitTable:
        """Return the scores from which images are reported and unsure, by class and carrier."""
        return resolve_limits(self.card, self.fpr, self.threshold)

    def deciding(self) -> dict[str, Any]:
        """Return what must be the same for two scans of an image to give the same record."""
        return {
            "model_sha256": self.model_sha256,
            "device": self.device,
            "precision": self.precision,
            "frames": self.frames,
            "threshold": self.threshold,
            "fpr": self.fpr,
            "max_pixels": self.rules.max_pixels,
            "strict": self.rules.strict,
            "trust_list": self.trust_sha256,
            "c2pa": read_environment().get("c2pa-python"),
        }


def read_settings(options: ScanOptions) -> ScanSettings:
    """Check the options that choose model and computing; torch is not loaded for it.

    Raises:
        UsageError: for values that are none or do not go together.
        WeightsError: if there is no such model, or it has no such threshold.
    """
    if options.threshold is not None and options.fpr is not None:
        raise UsageError("--threshold and --fpr exclude each other: both choose the threshold")
    path = resolve_model(options.model)
    settings = ScanSettings(
        card=read_card(path),
        model_path=path,
        model_sha256=sha256_of(path),
        device=options.device,
        precision=options.precision.value,
        frames=options.frames.value,
        threshold=options.threshold,
        fpr=options.fpr,
        batch_size=_auto_or_count("--batch-size", options.batch_size, least=1),
        trust_list=options.trust_list,
        trust_sha256=_trust_sha256(options.trust_list),
        workers=_auto_or_count("--workers", options.workers, least=1),
        rules=Rules(read_max_pixels(options.max_pixels), options.strict),
        threads=_auto_or_count("--threads", options.threads, least=1),
    )
    settings.limits()
    return settings


def read_fail_on(text: str) -> tuple[str, ...]:
    """Return what counts as a finding, from a comma-separated list.

    Raises:
        UsageError: for a word that is no such thing, or none at all.
    """
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [word for word in words if word not in COUNTABLE]
    if unknown or not words:
        raise UsageError(
            f"--fail-on {text!r}: name one or more of {', '.join(COUNTABLE)}, separated by commas"
        )
    return words


def read_max_pixels(text: str | None) -> int:
    """Return the number of pixels of `250000000` or `250M`; None is the default.

    Raises:
        UsageError: for anything else, or more than can be read.
    """
    if text is None:
        return MAX_PIXELS
    number = text.upper().removesuffix("P").removesuffix("M")
    unit = 1 if text.isdecimal() else MEGAPIXEL
    is_number = number.isdecimal() and number.isascii() and len(number) <= 10
    if not is_number or not 1 <= int(number) * unit <= CEILING:
        raise UsageError(
            f"--max-pixels {text}: write a number of pixels, or of megapixels with M, up to "
            f"{CEILING // MEGAPIXEL}M"
        )
    return int(number) * unit


def read_shard(text: str | None) -> tuple[int, int] | None:
    """Return (I, N) of `I/N`, 1 <= I <= N.

    Raises:
        UsageError: for anything else.
    """
    if text is None:
        return None
    first, slash, second = text.partition("/")
    if not (slash and _is_count(first) and _is_count(second) and 1 <= int(first) <= int(second)):
        raise UsageError(f"--shard {text}: write I/N with 1 <= I <= N, for example 1/4")
    return int(first), int(second)


def _trust_sha256(path: Path | None) -> str | None:
    if path is None:
        return None
    return hashlib.sha256(read_trust_list(path).encode()).hexdigest()


def _auto_or_count(option: str, text: str, *, least: int) -> int | None:
    if text == "auto":
        return None
    if not _is_count(text) or int(text) < least:
        raise UsageError(f"{option} {text}: write auto or a whole number from {least} on")
    return int(text)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS
