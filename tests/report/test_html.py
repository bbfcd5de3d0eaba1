"""The HTML report, parsed as a browser would: what it holds, and that it can load nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from inpaintscan.findings import Box, Evidence, Finding, ProbMap, Region, Scores
from inpaintscan.report.heat import heat_gradient, heat_picture
from inpaintscan.report.html import HtmlWriter
from inpaintscan.report.limits import limits_text
from inpaintscan.report.page import build_page, read_asset, to_script_json
from inpaintscan.report.page.pictures import PREVIEW_TIERS, THUMBNAIL_SIDE, PictureBudget
from inpaintscan.report.record import NOTHING_WRITTEN, Written, to_record
from inpaintscan.report.run import RunHeader, RunSummary
from inpaintscan.report.words import settings_in_words

HEADER = RunHeader(
    command="detect",
    model="inpaintscan",
    model_sha256="ab" * 32,
    threshold={"inpainted": 0.6, "generated": 0.7},
    settings={"device": "cpu", "note": "</script><b>"},
    started="2026-01-02T03:04:05Z",
    environment={"python": "3.11"},
)
HOSTILE = '</script><img src=x onerror="alert(1)">&amp;<!-- \u202e\u2028 \udc80.png'


class Page(HTMLParser):
    """The scripts of a page by kind, its start tags, and its policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[tuple[str, dict[str, str | None], str]] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = (tag, dict(attrs)) if tag in {"script", "style"} else None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.contents.append((*self._open, data))
            self._open = None

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(text) for _, a, text in self.contents if a.get("class") == "record"]

    def element(self, identifier: str) -> dict[str, Any]:
        (text,) = [text for _, a, text in self.contents if a.get("id") == identifier]
        parsed: dict[str, Any] = json.loads(text)
        return parsed


def write(
    *findings: Finding, complete: bool = True, written: Written = NOTHING_WRITTEN
) -> tuple[str, Page]:
    stream = StringIO()
    writer = HtmlWriter(stream)
    summary = RunSummary(finished="2026-01-02T03:05:00Z")
    writer.start(HEADER)
    for finding in findings:
        summary.count(finding, HEADER)
        writer.add(finding, written)
    writer.finish(summary, complete=complete)
    return stream.getvalue(), Page(stream.getvalue())


def blank_page(*, live: bool) -> str:
    page = build_page(live=live)
    return page.before + page.after


def prob_map(height: int, width: int) -> ProbMap:
    """A map with its lower right quarter replaced."""
    grid = np.zeros((-(-height // 4), -(-width // 4)), np.float32)
    grid[grid.shape[0] // 2 :, grid.shape[1] // 2 :] = 0.9
    return ProbMap(grid, 4, (height, width), 0.5)


def photo_finding(path: Path, **changes: object) -> Finding:
    pixels = data.astronaut()
    Image.fromarray(pixels).save(path)
    fields: dict[str, Any] = {
        "path": path.as_posix(),
        "verdict": "inpainted",
        "sha256": "cd" * 32,
        "bytes": path.stat().st_size,
        "format": "PNG" if path.suffix == ".png" else "JPEG",
        "width": 512,
        "height": 512,
        "reasons": ("heavily compressed",),
        "scores": Scores(0.91, 0.12),
        "area": 0.25,
        "regions": (Region(0.9, 0.25, Box(256, 256, 512, 512)),),
        "evidence": (Evidence("software", "Tool <3>", "PNG tEXt Software"),),
        "prob_map": prob_map(512, 512),
        "content": path.read_bytes(),
    }
    return Finding(**(fields | changes))


def decode(address: str) -> Image.Image:
    head, _, content = address.partition(",")
    assert re.fullmatch(r"data:image/(webp|png);base64", head)
    return Image.open(BytesIO(base64.b64decode(content)))


def test_page_holds_header_records_and_totals(tmp_path: Path) -> None:
    findings = [
        photo_finding(tmp_path / "a.png"),
        Finding("b.jpg", "error", error="damaged image (x)"),
        photo_finding(tmp_path / "c.png", verdict="clean", known=True, frame=3),
    ]
    _, page = write(*findings, written=Written(mask="out/mask/a.png"))
    assert page.element("header").items() >= HEADER.to_dict().items()
    assert page.element("summary")["counts"]["images"] == 3
    assert page.element("summary")["complete"] is True
    for record, finding in zip(page.records, findings, strict=True):
        record.pop("thumbnail")
        assert record == to_record(finding, Written(mask="out/mask/a.png"))


def test_page_without_images_is_whole() -> None:
    text, page = write()
    assert page.records == []
    assert text.rstrip().endswith("</html>")


def test_interrupted_page_says_so(tmp_path: Path) -> None:
    text, page = write(photo_finding(tmp_path / "a.png"), complete=False)
    assert page.element("summary")["complete"] is False
    assert text.rstrip().endswith("</html>")
    assert 'byId("partial").hidden = summary.complete' in text


def test_policy_allows_only_what_is_inside(tmp_path: Path) -> None:
    text, page = write(photo_finding(tmp_path / "a.png"))
    (policy,) = [
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    running = [c for tag, a, c in page.contents if tag == "script" and "type" not in a]
    styles = [content for tag, _, content in page.contents if tag == "style"]
    for rule, contents in (("script-src", running), ("style-src", styles)):
        (content,) = contents
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_page_names_no_address_and_no_handler(tmp_path: Path) -> None:
    _, page = write(photo_finding(tmp_path / "a.png"))
    for tag, attributes in page.tags:
        assert tag not in {"iframe", "object", "embed", "base", "form"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action", "srcset"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    code = "".join(
        map(read_asset, ("data.js", "list.js", "viewer.js", "print.js", "keys.js", "style.css"))
    )
    addresses = set(re.findall(r"https?://[^\"'\s)]+", code))
    assert addresses == {"http://www.w3.org/2000/svg"}
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "@import",
        "localStorage",
    ):
        assert word not in code  # fmt: skip


def test_hostile_names_stay_text() -> None:
    text, page = write(
        Finding(HOSTILE, "error", error=HOSTILE, evidence=(Evidence("c2pa", HOSTILE, HOSTILE),))
    )
    assert page.records[0]["path"] == HOSTILE
    assert page.records[0]["evidence"][0]["value"] == HOSTILE
    assert "onerror" not in [name for _, attributes in page.tags for name in attributes]
    assert "<img src=x" not in text
    text.encode("utf-8")


@given(st.text())
def test_script_json_cannot_leave_its_element(text: str) -> None:
    written = to_script_json({"path": text})
    assert not set("<>&") & set(written)
    assert written.isascii()
    assert json.loads(written) == {"path": text}


@pytest.mark.parametrize("live", [False, True])
def test_every_element_the_script_asks_for_is_there(live: bool) -> None:
    tags = Page(blank_page(live=live)).tags
    identifiers = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    names = (
        "data.js",
        "list.js",
        "viewer.js",
        "print.js",
        "keys.js",
        *(("drop.js",) if live else ()),
    )
    code = "".join(map(read_asset, names))
    assert set(re.findall(r'byId\("([^"]+)"\)', code)) <= set(identifiers)


@pytest.mark.parametrize("live", [False, True])
def test_every_class_the_page_uses_is_styled(live: bool) -> None:
    style = read_asset("style.css")
    classes = {
        name
        for _, attributes in Page(blank_page(live=live)).tags
        for name in (attributes.get("class") or "").split()
    }
    assert {name for name in classes if f".{name}" not in style} == set()


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


def test_the_page_has_the_scale_of_overlays_and_its_legend() -> None:
    page = blank_page(live=False)
    assert f"background: {heat_gradient()}" in page
    assert page.count('class="scale"') == 2  # beside the picture, and in the notes that print


def test_settings_and_limits_stand_in_words() -> None:
    header = write()[1].element("header")
    assert header["words"] == [list(pair) for pair in settings_in_words(HEADER)]
    assert header["limits"] == limits_text(HEADER)
    assert "JSON.stringify" not in "".join(map(read_asset, ("data.js", "list.js", "viewer.js")))


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

    monkeypatch.setattr("inpaintscan.report.page.pictures.pixels_again", fail)
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
