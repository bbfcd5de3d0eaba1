"""The settings of a run in words, for reports that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inpaintscan.report.limits import limits_text

if TYPE_CHECKING:
    from inpaintscan.report.run import RunHeader

_LABELS = {
    "device": "Computed on",
    "precision": "Number format",
    "fpr": "Share of clean images that may be flagged",
    "threshold": "Threshold asked for",
    "mask_threshold": "A pixel is in the mask from",
    "frames": "Frames of animations",
    "fit": "Images are",
    "size": "Side of a tile in pixels",
    "overlap": "Overlap of tiles in pixels",
    "paths": "Paths",
    "include": "Only files like",
    "exclude": "Left out",
    "shard": "Part of the files",
    "trust_list": "Trusted signers from",
    "baseline": "Known findings from",
    "merged": "Merged parts",
}
_TEXTS = {
    ("fit", "tile"): "cut into tiles at full resolution",
    ("fit", "resize"): "resized to the network's input",
    ("frames", "first"): "the first",
}
_ELSEWHERE = {"thresholds", "unsure_thresholds", "carrier_thresholds"}
"""Said by `limits_text`."""


def settings_in_words(header: RunHeader) -> list[tuple[str, str]]:
    """Return name and value of all that decided over the results; what was not asked for is out."""
    said = [("Scores", limits_text(header)), ("Counts as a finding", ", ".join(header.fail_on))]
    for name, value in header.settings.items():
        if name in _ELSEWHERE or value is None or value == []:
            continue
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        text = in_words(value)
        said.append((label, _TEXTS.get((name, text), text)))
    said.append(("Weights", f"{header.model}, SHA-256 {header.model_sha256}"))
    said.extend((_version_label(name), value) for name, value in header.environment.items())
    return [(label, text) for label, text in said if text]


def in_words(value: object) -> str:
    """Return a value of JSON in words: no brackets, no quotes, no `null`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(item)}" for name, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(item) for item in value) or "none"
    return str(value)


def _version_label(package: str) -> str:
    return package.capitalize() if package in {"python", "platform"} else f"Version of {package}"
