"""The HTML report: one page that loads nothing, whatever the names."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.findings import Evidence, Finding
from inpaintscan.report.heat import heat_gradient
from inpaintscan.report.page import build_page, read_asset, to_script_json
from inpaintscan.report.record import Written, to_record
from inpaintscan.report.words import limits_text, settings_in_words
from tests.report.pages import HEADER, Page, photo_finding, write

HOSTILE = '</script><img src=x onerror="alert(1)">&amp;<!-- \u202e\u2028 \udc80.png'


def blank_page(*, live: bool) -> str:
    page = build_page(live=live)
    return page.before + page.after


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


def test_no_name_hides_its_ending_or_breaks_a_line() -> None:
    odd, plain = "a\u202egpj\n.exe", "plain é.jpg"
    _, page = write(Finding(odd, "error", error=f"{odd}: no image"), Finding(plain, "clean"))
    shown = "a\\u202egpj\\x0a.exe"
    assert page.records[0]["shown"] == {"path": shown, "error": f"{shown}: no image"}
    assert "shown" not in page.records[1]


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


def test_the_page_has_the_scale_of_overlays_and_its_legend() -> None:
    page = blank_page(live=False)
    assert f"background: {heat_gradient()}" in page
    assert page.count('class="scale"') == 2  # beside the picture, and in the notes that print


def test_settings_and_limits_stand_in_words() -> None:
    header = write()[1].element("header")
    assert header["words"] == [list(pair) for pair in settings_in_words(HEADER)]
    assert header["limits"] == limits_text(HEADER)
    assert "JSON.stringify" not in "".join(map(read_asset, ("data.js", "list.js", "viewer.js")))
