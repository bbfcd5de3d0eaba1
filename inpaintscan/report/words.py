"""What decided over a run, in words: the scores from which it reports, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaintscan.report.run import RunHeader


def limits_of(header: RunHeader) -> dict[str, tuple[float, float]]:
    """Return for each class the score from which it is reported, and from which it is unsure.

    Where nothing is unsure, as with a low `--threshold`, the two are the same.
    """
    unsure = header.settings.get("unsure_thresholds")
    limits = {}
    for name, report in header.threshold.items():
        found = unsure.get(name) if isinstance(unsure, dict) else None
        limits[name] = (report, found if isinstance(found, int | float) else report)
    return limits


def limits_text(header: RunHeader) -> str:
    """Return the limits in words, such as `reported from 0.91, unsure from 0.77`.

    Where they differ by carrier it says between which scores they lie.
    """
    if by_carrier := _by_carrier(header):
        texts = {name: _range_text(scores) for name, scores in by_carrier.items()}
    else:
        texts = {name: _one_text(*pair) for name, pair in limits_of(header).items()}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{name} {text}" for name, text in texts.items())


def _by_carrier(header: RunHeader) -> dict[str, list[float]]:
    """Return for each class the scores from which it is reported, if they differ by carrier."""
    tables = header.settings.get("carrier_thresholds")
    if not isinstance(tables, dict) or not tables:
        return {}
    return {
        name: [report, *(own[name] for own in tables.values() if name in own)]
        for name, report in header.threshold.items()
    }


def _range_text(scores: list[float]) -> str:
    least, most = _number(min(scores)), _number(max(scores))
    if least == most:
        return f"reported from {least}"
    return f"reported from {least} to {most}, by format and quality"


def _one_text(report: float, unsure: float) -> str:
    text = f"reported from {_number(report)}"
    return f"{text}, unsure from {_number(unsure)}" if unsure < report else text


def _number(score: float) -> str:
    """Return a score with two digits, or four where two would read as 0 or 1."""
    return f"{score:.2f}" if 0.005 <= score < 0.995 or score in {0.0, 1.0} else f"{score:.4f}"


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
