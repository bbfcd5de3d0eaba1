from __future__ import annotations

from dataclasses import replace

import pytest

from inpaintscan.findings import Finding
from inpaintscan.report.markdown import MAX_ROWS, cell
from inpaintscan.report.record import NOTHING_WRITTEN
from inpaintscan.report.run import Unread
from tests.report.samples import FINDINGS, encoded, render

TARGET = "inpaintscan.report.markdown:MarkdownWriter"


def test_the_page_names_outcome_findings_errors_and_limits() -> None:
    page = render(TARGET)
    assert page.startswith(
        "## inpaintscan: 4 findings, 1 not read\n\nCase 26\\-117, examiner A. Vo"
    )
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert rows[0] == "| verdict | score | area | file | notes |"
    assert rows[2].startswith("| inpainted | 0.97 | 25.0 % | photos/inpainted.png |")
    assert len(rows) == 6  # the known one and those clean in every way are not listed
    assert rows[4].startswith("| clean | 0.20 | 0.0 % | photos/stated.png | stated\\: made by AI;")
    assert "3 inpainted, 1 generated, 1 error, 1 stated, 1 tampered." in page
    assert "- photos/broken \\\\xff.jpg: truncated file" in page
    assert "inpainted reported from 0.62; generated reported from 0.71" in page
    encoded(page).decode("utf-8")


def test_a_run_without_findings_says_so() -> None:
    assert render(TARGET, FINDINGS[:1]).startswith("## inpaintscan: no finding\n")
    assert "interrupted" in render(TARGET, FINDINGS[:1], complete=False).splitlines()[0]


@pytest.mark.parametrize(
    "name", ["a|b.jpg", "<img src=x>.jpg", "a\nb.jpg", "`a`.jpg", "[a](https://x.y).jpg", "@team"]
)
def test_no_name_leaves_its_cell(name: str) -> None:
    finding = replace(FINDINGS[1][0], path=name)
    (row,) = [line for line in render(TARGET, [(finding, NOTHING_WRITTEN)]).splitlines()
              if line.startswith("| inpainted")]  # fmt: skip
    assert row.replace("\\|", "").count("|") == 6
    for special in "|<>`[]()@:":
        assert cell(name).count(special) == cell(name).count(f"\\{special}")


def test_pictures_that_are_not_read_are_listed() -> None:
    unread = [Unread(f"a|{number}.jxl", "JPEG XL is not read") for number in range(MAX_ROWS + 3)]
    page = render(TARGET, [], unread=unread)
    assert "Pictures that are not read:\n\n- a\\|0.jxl: JPEG XL is not read\n" in page
    assert page.count("JPEG XL") == MAX_ROWS
    assert "and 3 more pictures; the reports list them all." in page
    assert "not read:" not in render(TARGET, [])


def test_a_large_scan_keeps_the_page_small() -> None:
    many = [(replace(FINDINGS[1][0], path="x" * 5000), NOTHING_WRITTEN)] * (MAX_ROWS + 7)
    broken = [(Finding("y" * 5000, "error", error="z" * 5000), NOTHING_WRITTEN)] * (MAX_ROWS + 2)
    page = render(TARGET, many + broken)
    assert "and 7 more findings; the reports list them all." in page
    assert "and 2 more files; the reports list them all." in page
    assert len(page.encode()) < 500_000
