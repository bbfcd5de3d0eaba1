from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from inpaintscan.findings import Finding, Scores
from inpaintscan.report import WRITERS
from inpaintscan.report.record import NOTHING_WRITTEN, Written
from inpaintscan.report.run import RunHeader, Unread
from tests.report.junit_schema import problems
from tests.report.samples import FINDINGS, HEADER, LOCALIZE, render


def suite_of(text: str) -> ET.Element:
    suite = ET.XML(text.encode()).find("testsuite")
    assert suite is not None
    return suite


def test_a_case_an_image_and_totals_that_agree() -> None:
    suite = suite_of(render(WRITERS[".xml"]))
    cases = suite.findall("testcase")
    assert len(cases) == len(FINDINGS) == int(suite.get("tests", ""))
    for tag, attribute in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")]:
        assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(attribute, ""))


def test_what_jenkins_and_surefire_require_is_there() -> None:
    suite = suite_of(render(WRITERS[".xml"]))
    assert {"name", "tests", "failures", "errors", "skipped"} <= set(suite.attrib)
    assert (suite.get("time"), suite.get("timestamp")) == ("4", "2026-01-02T03:04:05")
    for case in suite.findall("testcase"):
        assert set(case.attrib) == {"classname", "name", "time"}
        assert all(child.get("type") for child in case if child.tag != "skipped")


@pytest.mark.parametrize(
    ("index", "tag"),
    [
        (0, None),
        (1, "failure"),
        (2, "failure"),
        (3, None),
        (4, "skipped"),
        (5, "failure"),
        (6, "failure"),
        (7, "error"),
    ],
)
def test_outcome_of_each_verdict(index: int, tag: str | None) -> None:
    case = suite_of(render(WRITERS[".xml"])).findall("testcase")[index]
    assert [child.tag for child in case] == ([] if tag is None else [tag])


def test_a_failure_names_all_that_counts() -> None:
    failures = suite_of(render(WRITERS[".xml"])).findall("testcase/failure")
    assert [failure.get("type") for failure in failures] == [
        "inpainted",
        "generated",
        "stated",
        "inpainted,tampered",
    ]
    assert "stated: made by AI; looks clean" in failures[2].get("message", "")


def test_report_cut_short_is_valid_and_has_an_error() -> None:
    suite = suite_of(render(WRITERS[".xml"], FINDINGS[:1], complete=False))
    assert [suite.get("tests"), suite.get("errors")] == ["2", "1"]
    (error,) = suite.findall("testcase/error")
    assert "incomplete" in error.get("message", "")


@pytest.mark.parametrize("findings", [FINDINGS, FINDINGS[:1], []])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "unread", [[], [Unread("a\n<b>.jxl", "\x1b[31m"), Unread("a\ud800.jxl", "JPEG XL")]]
)
@pytest.mark.parametrize("header", [HEADER, LOCALIZE, replace(HEADER, case="", examiner="\n<&")])
def test_it_fits_the_schema_and_its_totals_agree(
    findings: list[tuple[Finding, Written]],
    complete: bool,
    unread: list[Unread],
    header: RunHeader,
) -> None:
    text = render(WRITERS[".xml"], findings, header=header, complete=complete, unread=unread)
    assert problems(text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<testsuite ", "<testsuite more='1' "),
        (' failures="', ' failures="1'),
        (' tests="', ' tests="-'),
        (' name="', ' title="'),
        (' time="', ' time="about '),
        ("</testsuite>", "<properties/></testsuite>"),
        ("</testcase>", "text</testcase>"),
        ("</failure>", "</failure><failure type='a' message='b'/>"),
        ("<error type", "<error kind"),
        ("testsuites>", "suites>"),
    ],
)
def test_the_schema_refuses_what_is_wrong(before: str, after: str) -> None:
    text = render(WRITERS[".xml"])
    assert before in text
    assert problems(text.replace(before, after)) != []


def test_any_name_gives_valid_xml() -> None:
    path = "".join(map(chr, range(1, 0x180))) + "\udc80\ufffe\uffff]]>&<!--"
    finding = Finding(path, "inpainted", scores=Scores(0.9, 0.1), reasons=(path,))
    suite = suite_of(render(WRITERS[".xml"], [(finding, NOTHING_WRITTEN)]))
    assert "]]>&<!--" in suite.findall("testcase")[0].get("name", "")
