from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from inpaintscan.findings import Finding
from inpaintscan.report import WRITERS
from inpaintscan.report.record import Written
from inpaintscan.report.sarif import to_uri
from tests.report.samples import FINDINGS, HEADER, encoded, render
from tests.report.sarif_schema import SARIF


def sarif(findings: list[tuple[Finding, Written]] = FINDINGS, **more: Any) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(encoded(render(WRITERS[".sarif"], findings, **more)))
    return report


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("number", [0, 1, 6])
def test_report_is_valid(complete: bool, number: int) -> None:
    report = sarif(FINDINGS[:number], complete=complete)
    jsonschema.Draft7Validator(SARIF).validate(report)
    assert report["runs"][0]["invocations"][0]["executionSuccessful"] is complete


def test_the_schema_refuses_what_the_standard_refuses() -> None:
    for damage in [{"version": "2.0.0"}, {"runs": [{}]}, {"resluts": []}]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(SARIF).validate(sarif() | damage)


def test_only_findings_are_results_and_a_known_one_is_suppressed() -> None:
    results = sarif()["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == [
        "inpainted",
        "generated",
        "inpainted",
        "stated",
        "inpainted",
        "tampered",
    ]
    assert ["suppressions" in result for result in results] == [False, False, True] + [False] * 3


def test_unsure_is_a_result_only_if_asked_for() -> None:
    header = replace(HEADER, fail_on=("unsure",))
    (result,) = sarif(header=header)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("unsure", "note")


def test_rule_index_points_at_the_rule() -> None:
    run = sarif()["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_unreadable_image_is_a_notification() -> None:
    (notification,) = sarif()["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "truncated file"


def test_fingerprint_follows_the_content_not_the_name_or_the_score() -> None:
    finding, written = FINDINGS[1]
    moved = replace(finding, path="elsewhere/x.png", scores=finding.scores, area=0.3)
    other = replace(finding, sha256="99" * 32)
    marks = [
        sarif([(item, written)])["runs"][0]["results"][0]["partialFingerprints"]
        for item in (finding, moved, other)
    ]
    assert marks[0] == marks[1] != marks[2]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("photos/a.jpg", "photos/a.jpg"),
        ("./photos//a.jpg", "photos/a.jpg"),
        ("../a b#c?.jpg", "../a%20b%23c%3F.jpg"),
        ("scheme:a.jpg", "scheme%3Aa.jpg"),  # a colon would make it an absolute URI
        ("/photos/a.jpg", "file:///photos/a.jpg"),
        ("C:\\My photos\\a.jpg", "file:///C:/My%20photos/a.jpg"),
        ("ü\udcff.jpg", "%C3%BC%FF.jpg"),
    ],
)
def test_paths_become_uris(path: str, uri: str) -> None:
    assert to_uri(path) == uri
