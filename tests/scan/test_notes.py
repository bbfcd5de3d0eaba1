"""What the reader did to a picture is among the reasons of its finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inpaintscan.scan import load


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("rgb.png", []),
        ("16-bit.png", ["16 bits a sample reduced to 8"]),
        ("cmyk.jpg", ["CMYK converted to RGB"]),
        ("rgba.png", ["transparency shown on white"]),
        ("animated.gif", ["first of 3 frames (--frames all scans every one)"]),
        ("pages.tif", ["first of 3 pages (--frames all scans every one)"]),
    ],
)
def test_reasons_say_what_the_reader_did(
    zoo: dict[str, Path], stub_weights: Path, name: str, reasons: list[str]
) -> None:
    found = load(str(stub_weights), device="cpu").scan(zoo[name])
    of_pixels = ("too small", "no region", "score of")
    assert [reason for reason in found.reasons if not reason.startswith(of_pixels)] == reasons


def test_all_frames_are_not_the_first_of_them(zoo: dict[str, Path], stub_weights: Path) -> None:
    scanner: Any = load(str(stub_weights), device="cpu", frames="all")
    found = list(scanner.scan_many([zoo["pages.tif"]]))
    assert [item.frame for item in found] == [0, 1, 2]
    assert not any("first of" in reason for item in found for reason in item.reasons)
