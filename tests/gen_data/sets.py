"""Data sets read back, to be compared."""

from __future__ import annotations

import csv
from pathlib import Path

from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(
    methods=(Choice("copy-move"), Choice("splice")),
    kinds=("original", "mask", "inpainted", "realfake"),
    batch_size=2,
)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
