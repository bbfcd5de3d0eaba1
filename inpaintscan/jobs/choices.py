"""The values of the options that have a fixed set of them."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What standard output shows."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    GITHUB = "github"


class Precision(StrEnum):
    """The number format the network computes in."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class Show(StrEnum):
    """Which images standard output lists."""

    ALL = "all"
    FINDINGS = "findings"


class Frames(StrEnum):
    """Which frames of an animation are scanned."""

    FIRST = "first"
    ALL = "all"


class Engine(StrEnum):
    """Where the work is done."""

    LOCAL = "local"
    RAY = "ray"


class SaveAs(StrEnum):
    """The format of the images that `gen-data` makes; masks are always PNG."""

    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"


class SplitBy(StrEnum):
    """What is never divided between train, val and test."""

    PHOTO = "photo"
    FOLDER = "folder"
