"""What stands in a weights file beside its tensors: how to build, feed and read a network."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from inpaintscan.card_shape import check_card
from inpaintscan.errors import WeightsError
from inpaintscan.shapes import ShapeError, parse_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score and the share of clean validation images at or above it."""

    fpr: float
    score: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling: probability = sigmoid(scale * logit + bias)."""

    scale: float = 1.0
    bias: float = 0.0


@dataclass(frozen=True, slots=True)
class Input:
    """How to feed a network."""

    fit: Literal["tile", "resize"] = "tile"
    """`tile`: at native resolution, in tiles. `resize`: the whole image, made square."""
    size: int | None = None
    """Side in pixels of a tile, or of what an image is resized to; None for what scans nothing."""
    multiple: int = 32
    """Sides of tiles are padded to a multiple of it."""
    stride: int = 4
    """Pixels along the side of a cell of the map."""
    view: int | None = None
    """Side of the square that the whole picture is reduced to, for a network that looks at it."""

    def to_fields(self) -> dict[str, Any]:
        """Return the input as JSON types, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Card:
    """How to build, feed and read a network."""

    name: str
    task: str
    """`multi`, `detect`, `localize`, `segment`, `ensemble`, `autoencoder` or `inpainter`."""
    arch: str
    """A key of `inpaintscan.nets.NETWORKS`."""
    arch_args: dict[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ("inpainted", "generated")
    """What each score logit means, in order."""
    input: Input = Input()
    thresholds: dict[str, tuple[Threshold, ...]] = field(default_factory=dict)
    """For each class, points of its clean false-positive curve, by falling `fpr`."""
    carrier_thresholds: dict[str, dict[str, tuple[Threshold, ...]]] = field(default_factory=dict)
    """The same for each carrier (`scan/carrier.py`) that has a curve of its own."""
    mask_threshold: float = 0.5
    calibration: dict[str, Calibration] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    """Command, data, steps, seed, validation figures: for people."""
    tool_version: str = ""
    format_version: int = FORMAT_VERSION

    def table(self, class_name: str, carrier: str | None = None) -> tuple[Threshold, ...]:
        """Return the false-positive curve of a class: its carrier's, or that of all images."""
        tables = self.thresholds if carrier is None else self.carrier_thresholds.get(carrier, {})
        return tables.get(class_name, ())

    def threshold(self, class_name: str, fpr: float, carrier: str | None = None) -> float:
        """Return the score from which `class_name` is reported at a clean false-positive rate.

        Between two points of the table the stricter one is taken.

        Raises:
            WeightsError: if the table has no point that strict, or there is no table.
        """
        table = self.table(class_name, carrier)
        points = [point for point in table if point.fpr <= fpr + 1e-12]
        if not points:
            raise WeightsError(
                f"weights {self.name!r} hold no threshold for {class_name!r} at a false-positive "
                f"rate of {fpr:g} (their table has {[point.fpr for point in table]}); give a "
                "threshold instead"
            )
        return max(points, key=lambda point: point.fpr).score


def card_to_json(card: Card) -> str:
    """Return the card as sorted JSON, the same bytes for the same card."""
    fields = asdict(card) | {"input": card.input.to_fields()}
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def card_from_json(text: str, path: Path) -> Card:
    """Parse a card.

    Raises:
        WeightsError: if the text is no card, or one of a newer format.
    """
    try:
        fields = parse_json(text)
        version = fields.get("format_version") if isinstance(fields, dict) else None
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise WeightsError(
                f"{path}: weights format {version} is newer than this version of "
                f"inpaintscan reads ({FORMAT_VERSION}); upgrade inpaintscan"
            )
        check_card(fields)
    except ShapeError as error:
        raise WeightsError(f"{path}: not a weights file of inpaintscan ({error})") from error
    fields["classes"] = tuple(fields["classes"])
    given = fields.get("input", {})  # what is missing is as it always was
    known = {name: given[name] for name in Input.__dataclass_fields__ if name in given}
    fields["input"] = Input(**known)
    fields["thresholds"] = _tables(fields["thresholds"])
    fields["carrier_thresholds"] = {
        carrier: _tables(tables) for carrier, tables in fields.get("carrier_thresholds", {}).items()
    }
    fields["calibration"] = {
        name: Calibration(**values) for name, values in fields["calibration"].items()
    }
    return Card(**fields)


def _tables(tables: dict[str, Any]) -> dict[str, tuple[Threshold, ...]]:
    return {name: tuple(Threshold(**point) for point in points) for name, points in tables.items()}
