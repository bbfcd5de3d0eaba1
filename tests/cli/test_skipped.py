"""Pictures of formats that are not read: named in every report, and nothing found is said."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Command, write_image

REASON = "JPEG XL is not read: convert it to PNG"


@pytest.fixture
def folder(home: Path) -> Path:
    (home / "pics/sub/photo.jxl").write_bytes(b"\xff\x0a" + bytes(20))
    (home / "pics/notes.txt").write_text("no image")
    return home


def test_reports_name_them(run: Command, folder: Path) -> None:
    result = run(
        "detect", "pics", "--report", "r.json", "--report", "r.sarif", "--report", "r.xml",
        "--report", "r.jsonl", "--report", "r.html", "--format", "github",
    )  # fmt: skip
    assert result.status == 1
    assert "2 other files skipped, of which 1 picture not read" in result.err
    notice = f"::notice file=pics/sub/photo.jxl,title=inpaintscan%3A not read::{REASON}"
    assert notice in result.out.splitlines()
    named = [{"path": "pics/sub/photo.jxl", "reason": REASON}]
    report = json.loads(Path("r.json").read_text())
    assert report["skipped"] == named
    assert report["counts"]["skipped"] == 2
    assert json.loads(Path("r.jsonl").read_text().splitlines()[0])["skipped"] == named
    (entry,) = json.loads(Path("r.sarif").read_text())["runs"][0]["invocations"][0][
        "toolExecutionNotifications"
    ]
    assert (entry["level"], entry["message"]["text"]) == ("warning", REASON)
    suite = ElementTree.parse("r.xml").getroot()[0]  # noqa: S314
    skipped = [case for case in suite.findall("testcase") if case.find("skipped") is not None]
    assert [case.get("name") for case in skipped] == ["pics/sub/photo.jxl"]
    assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
    assert REASON in Path("r.html").read_text()


def test_verbose_names_all_that_is_passed_over(run: Command, folder: Path) -> None:
    (folder / "pics/.inpaintscanignore").write_text("clean.jpg\n")
    result = run("detect", "pics", "--exclude", "*.webp", "--verbose")
    assert f"skipped: pics/sub/photo.jxl: {REASON}" in result.err
    assert "skipped: pics/notes.txt: not an image" in result.err
    assert "skipped: pics/clean.jpg: ignored" in result.err
    assert "skipped: pics/sub/unsure.webp: excluded" in result.err


@pytest.mark.parametrize("command", [["detect"], ["localize"], ["segment", "-o", "out"]])
def test_the_contact_sheet_of_a_data_set_is_left_out_and_named(
    run: Command, home: Path, command: list[str]
) -> None:
    sheet = write_image(home / "pics/contact-sheet.jpg")
    lonely = write_image(home / "pics/sub/contact-sheet.jpg")
    (home / "pics/labels.csv").write_text("image_id,split,kind\n")
    result = run(*command, "pics", "--report", "r.json", "--verbose")
    report = json.loads(Path("r.json").read_text())
    paths = {record["path"] for record in report["images"]}
    assert str(lonely.relative_to(home)) in paths
    assert str(sheet.relative_to(home)) not in paths
    reason = "contact sheet of a data set, made of its images: name the file to scan it"
    assert report["skipped"] == [{"path": "pics/contact-sheet.jpg", "reason": reason}]
    assert f"skipped: pics/contact-sheet.jpg: {reason}" in result.err
    assert "2 other files skipped, of which 1 picture not read" in result.err
    assert run("detect", "pics/contact-sheet.jpg").out.startswith("clean")


def test_what_was_not_asked_for_is_not_named(run: Command, folder: Path) -> None:
    run("detect", "pics", "--include", "*.jpg", "--report", "r.json")
    assert json.loads(Path("r.json").read_text())["skipped"] == []


def test_one_given_itself_is_an_error_that_says_what_to_do(run: Command, folder: Path) -> None:
    result = run("detect", "pics/sub/photo.jxl")
    assert result.status == 2
    assert REASON in result.out


@pytest.mark.parametrize("more", [(), ("--quiet",)])
def test_an_empty_selection_is_said(run: Command, folder: Path, more: tuple[str, ...]) -> None:
    result = run("detect", "pics", "--include", "*.bmp", *more)
    assert result.status == 0
    assert ("no images were found to scan" in result.err) is (not more)


def test_shards_are_merged_to_one_list(run: Command, folder: Path) -> None:
    for number in range(8):  # so that no shard is empty
        write_image(folder / f"pics/clean-{number}.png", number)
    for part in ("1/2", "2/2"):
        run("detect", "pics", "--shard", part, "--report", f"{part[0]}.json")
    merged = run("detect", "--merge", "1.json", "2.json", "--report", "all.json")
    assert merged.status == 1, merged.err
    assert len(json.loads(Path("all.json").read_text())["skipped"]) == 1
