"""The pictures inside the HTML report."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from inpaintscan.findings import Finding
from inpaintscan.report.heat import heat_picture
from inpaintscan.report.page.pictures import PREVIEW_TIERS, THUMBNAIL_SIDE, PictureBudget
from tests.report.pages import photo_finding, prob_map, write


def decode(address: str) -> Image.Image:
    head, _, content = address.partition(",")
    assert re.fullmatch(r"data:image/(webp|png);base64", head)
    return Image.open(BytesIO(base64.b64decode(content)))


def test_pictures_show_the_image_and_its_map(tmp_path: Path) -> None:
    _, page = write(photo_finding(tmp_path / "a.png"))
    thumbnail = decode(page.records[0]["thumbnail"])
    assert max(thumbnail.size) == THUMBNAIL_SIDE
    pictures = page.element("pictures-0")
    preview = np.asarray(decode(pictures["preview"]).convert("RGB"), np.float32)
    assert preview.shape == (512, 512, 3)  # never larger than the image
    assert np.abs(preview - data.astronaut()).mean() < 8
    heat = np.asarray(decode(pictures["heat"]).convert("RGBA"), np.float32)
    assert heat.shape == (128, 128, 4)  # the map's grid
    assert heat[:60, :60, 3].max() == 0  # the photo alone
    expected = heat_picture(np.full((1, 1), 0.9, np.float32))[0, 0]
    assert heat[68:, 68:].mean((0, 1)) == pytest.approx(expected, abs=6)
    mask = np.asarray(decode(pictures["mask"]))
    assert mask.dtype == bool
    assert mask.mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("verdict", "share"), [("clean", 0.0), ("generated", 1.0)])
def test_the_mask_agrees_with_the_verdict(tmp_path: Path, verdict: str, share: float) -> None:
    _, page = write(photo_finding(tmp_path / "a.png", verdict=verdict))
    assert np.asarray(decode(page.element("pictures-0")["mask"])).mean() == share


def test_mask_of_an_uneven_size_fits_the_image(tmp_path: Path) -> None:
    path = tmp_path / "odd.png"
    Image.fromarray(data.astronaut()[:101, :203]).save(path)
    finding = Finding(str(path), "unsure", format="PNG", width=203, height=101,
                      prob_map=prob_map(101, 203))  # fmt: skip
    _, pictures = PictureBudget().render(finding)
    shown = np.asarray(decode(pictures["mask"]))
    assert finding.mask is not None
    assert shown.shape == finding.mask.shape
    assert (shown != finding.mask).mean() < 0.002


def test_large_jpeg_is_turned_as_displayed(tmp_path: Path) -> None:
    stored = np.zeros((1200, 1800, 3), np.uint8)
    stored[:, :900, 0] = 230  # left half red; orientation 6 turns left to the top
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "large.jpg"
    Image.fromarray(stored).save(path, exif=exif)
    finding = Finding("a", "clean", format="JPEG", width=1200, height=1800,
                      content=path.read_bytes())  # fmt: skip
    thumbnail, pictures = PictureBudget().render(finding)
    assert thumbnail is not None
    small = np.asarray(decode(thumbnail).convert("RGB"), np.int32)
    assert small.shape[:2] == (THUMBNAIL_SIDE, round(THUMBNAIL_SIDE * 2 / 3))
    assert small[:80, :, 0].min() > 180
    assert small[-80:, :, 0].max() < 60
    assert max(decode(pictures["preview"]).size) == 640


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0damaged"])
@pytest.mark.parametrize("size", [64, 4000])
def test_a_picture_that_cannot_be_made_is_a_note(content: bytes, size: int) -> None:
    finding = Finding("a", "clean", format="JPEG", width=size, height=size, content=content)
    thumbnail, pictures = PictureBudget().render(finding)
    assert thumbnail is None
    assert pictures["note"].startswith("There is no picture: a: ")


@pytest.mark.parametrize("error", [MemoryError(), OSError("x"), AttributeError("y"), KeyError("z")])
def test_no_error_of_a_picture_ends_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Pillow raises all of these for some file or other; the record stays, with a note."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("inpaintscan.report.page.pictures.PixelsAgain.read", fail)
    _, page = write(photo_finding(tmp_path / "a.png"), photo_finding(tmp_path / "b.png"))
    assert [record["thumbnail"] for record in page.records] == [None, None]
    assert set(page.element("pictures-1")) == {"heat", "mask", "note"}


def test_no_picture_is_made_of_a_file_that_only_has_the_name(tmp_path: Path) -> None:
    finding = photo_finding(tmp_path / "a.png", content=None, prob_map=None)
    assert PictureBudget().render(finding) == (None, {})


@pytest.mark.parametrize("tag", [b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", b"\x12\x01"])
@pytest.mark.parametrize("size", [64, 2000])
def test_odd_exif_does_not_keep_a_picture_from_a_page(
    tmp_path: Path, tag: bytes, size: int
) -> None:
    """What `ImageOps.exif_transpose` stumbled over: entries that cannot be written back."""
    odd = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + tag + b"\x0f\x01\x0c\0\xff\xff\xff\x7f\x10\0\0\0"
    path = tmp_path / "a.jpg"
    Image.new("RGB", (size, size), "red").save(path, exif=odd)
    finding = photo_finding(tmp_path / "b.jpg", content=path.read_bytes(), width=size, height=size)
    thumbnail, pictures = PictureBudget().render(finding)
    assert thumbnail is not None
    assert {"preview", "heat", "mask"} == set(pictures)


def test_record_without_a_map_has_only_a_preview(tmp_path: Path) -> None:
    _, page = write(photo_finding(tmp_path / "a.jpg", prob_map=None))
    assert set(page.element("pictures-0")) == {"preview"}


def test_previews_shrink_and_end_as_the_report_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.tile(data.astronaut(), (2, 2, 1))).save(path)
    content = path.read_bytes()
    found = Finding("a", "inpainted", format="PNG", width=1024, height=1024, content=content)
    clean = Finding("a", "clean", format="PNG", width=1024, height=1024, content=content)
    sides = {"inpainted": [], "clean": []}  # type: dict[str, list[int]]
    for limit in (0, *(limit for limit, _ in PREVIEW_TIERS)):
        for finding in (found, clean):
            thumbnail, pictures = PictureBudget(used=limit * 1024 * 1024).render(finding)
            assert thumbnail is not None
            shown = decode(pictures["preview"]).size if "preview" in pictures else (0, 0)
            sides[finding.verdict].append(max(shown))
    assert sides == {"inpainted": [960, 640, 480, 320, 0], "clean": [640, 480, 320, 0, 0]}


def test_budget_counts_previews(tmp_path: Path) -> None:
    budget = PictureBudget()
    _, pictures = budget.render(photo_finding(tmp_path / "a.png"))
    assert budget.used == len(pictures["preview"])
