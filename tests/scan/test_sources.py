"""Everything that a scanner takes gives one and the same finding."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inpaintscan.errors import UsageError
from inpaintscan.findings import Finding
from inpaintscan.scan import Scanner, load


@pytest.fixture
def scanner(stub_weights: Path) -> Scanner:
    return load(str(stub_weights), device="cpu", workers=2)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Grey, with a red square: the stub's map is hot there."""
    image = Image.new("RGB", (96, 64), (120, 120, 120))
    image.paste((255, 0, 0), (32, 16, 64, 48))
    path = tmp_path / "photo.png"
    image.save(path)
    return path


def judged(finding: Finding) -> Finding:
    """A finding without what only a file has."""
    return replace(finding, path="", sha256=None, bytes=None, format=None)


def test_every_source_gives_the_same_finding(scanner: Scanner, photo: Path) -> None:
    expected = scanner.scan(photo)
    assert expected.verdict == "inpainted"
    pixels = np.asarray(Image.open(photo))
    with photo.open("rb") as file, Image.open(photo) as image:
        found = {
            "str": scanner.scan(str(photo)),
            "bytes": scanner.scan(photo.read_bytes()),
            "bytearray": scanner.scan(bytearray(photo.read_bytes())),
            "file": scanner.scan(file),
            "image": scanner.scan(image),
            "array": scanner.scan(pixels),
            "alpha": scanner.scan(np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])),
        }
    assert {name: judged(one) for name, one in found.items()} == dict.fromkeys(
        found, judged(expected)
    )
    grids = [one.prob_map.grid for one in found.values() if one.prob_map is not None]
    assert len(grids) == len(found)
    for grid in grids:
        np.testing.assert_array_equal(grid, expected.prob_map.grid)  # type: ignore[union-attr]
    sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert [found[name].sha256 for name in ("str", "bytes", "file")] == [sha256] * 3
    assert [found[name].path for name in ("str", "bytes", "file", "image", "array")] == [
        str(photo), "<bytes>", str(photo), str(photo), "<array>",
    ]  # fmt: skip
    assert (found["array"].sha256, found["array"].bytes, found["array"].format) == (None,) * 3
    assert found["image"].format == "PNG"


def test_many_sources_of_every_kind_keep_their_order(scanner: Scanner, photo: Path) -> None:
    data, pixels = photo.read_bytes(), np.asarray(Image.open(photo))
    sources = [photo, data, pixels, photo.parent, Image.fromarray(pixels), b"no image", data]
    found = [(one.path, one.verdict) for one in scanner.scan_many(sources)]
    assert found == [
        (str(photo), "inpainted"),
        ("<bytes>", "inpainted"),
        ("<array>", "inpainted"),
        (str(photo), "inpainted"),  # of the folder
        ("<image>", "inpainted"),
        ("<bytes>", "error"),
        ("<bytes>", "inpainted"),
    ]


def test_a_source_may_be_named(scanner: Scanner, photo: Path) -> None:
    assert scanner.scan(photo.read_bytes(), name="upload.png").path == "upload.png"
    assert scanner.scan(np.asarray(Image.open(photo)), name="frame 7").path == "frame 7"


def test_an_image_is_taken_as_displayed(scanner: Scanner, tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (96, 64)).save(tmp_path / "turned.jpg", exif=turned)
    with Image.open(tmp_path / "turned.jpg") as image:
        finding = scanner.scan(image)
    assert (finding.width, finding.height) == (64, 96)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "empty"),
        (b"no image at all", "not an image"),
        (np.zeros((4, 4), np.float32), r"an array of float32 \(4, 4\): give uint8"),
        (np.zeros((4, 4, 2), np.uint8), "give uint8"),
        (np.zeros((0, 4, 3), np.uint8), "without pixels"),
    ],
)
def test_what_cannot_be_read_is_a_finding(scanner: Scanner, source: Any, reason: str) -> None:
    finding = scanner.scan(source)
    assert finding.verdict == "error"
    assert finding.error is not None
    assert re.search(reason, finding.error), finding.error


def test_a_damaged_pillow_image_and_a_closed_file_are_findings(
    scanner: Scanner, broken: dict[str, Path], photo: Path
) -> None:
    with Image.open(broken["truncated.png"]) as image:
        assert scanner.scan(image).verdict == "error"
    with photo.open("rb") as file:
        pass
    assert "closed" in str(scanner.scan(file).error)


def test_other_types_are_the_programs_fault(scanner: Scanner, photo: Path) -> None:
    with pytest.raises(UsageError, match="cannot scan a int: give a path, bytes, an open file"):
        scanner.scan(5)  # type: ignore[arg-type]
    with photo.open(encoding="latin-1") as file, pytest.raises(UsageError, match="mode 'rb'"):
        scanner.scan(file)  # type: ignore[arg-type]


def test_arrays_larger_than_the_budget_pass(
    make_stub: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inpaintscan.scan.decode.FILE_BYTES", 1000)
    scanner = load(str(make_stub()), device="cpu", workers=1)
    arrays = (np.full((64, 64, 3), 100 + n, np.uint8) for n in range(5))
    assert [one.verdict for one in scanner.scan_many(arrays)] == ["clean"] * 5


def test_bytes_are_held_to_the_limit_of_a_file(stub_weights: Path, photo: Path) -> None:
    scanner = load(str(stub_weights), device="cpu", max_pixels=10_000)
    content = photo.read_bytes() + bytes(65 * 2**20)
    (photo.parent / "large.png").write_bytes(content)
    found = scanner.scan(content), scanner.scan(photo.parent / "large.png")
    assert [one.error for one in found] == [
        "a file of 68 MB is over the limit of 67 MB; --max-pixels raises it"
    ] * 2
