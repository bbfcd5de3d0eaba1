from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from inpaintscan.findings import Finding
from inpaintscan.report import WRITERS
from inpaintscan.report.record import Written
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


def test_every_location_leads_below_the_base_or_is_absolute() -> None:
    """GitHub refuses what it cannot place: absolute file URIs without the folder they lie in."""
    report = sarif()
    jsonschema.Draft7Validator(SARIF).validate(report)
    run = report["runs"][0]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": "file:///home/reader/repo/"}}
    assert run["invocations"][0]["workingDirectory"] == {"uri": "file:///home/reader/repo/"}
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert {place["artifactLocation"]["uriBaseId"] for place in places} == {"%SRCROOT%"}
    assert places[0]["artifactLocation"]["uri"] == "photos/inpainted.png"


def test_rules_say_how_grave_they_are_and_where_to_read_on() -> None:
    rules = {rule["id"]: rule for rule in sarif()["runs"][0]["tool"]["driver"]["rules"]}
    grave = {name: float(rule["properties"]["security-severity"]) for name, rule in rules.items()}
    assert grave["inpainted"] == grave["generated"] > grave["unsure"] > 0
    assert all("security" in rule["properties"]["tags"] for rule in rules.values())
    assert rules["generated"]["helpUri"].endswith("/trainedAlgorithmicMedia")


def test_without_a_working_directory_there_is_no_base() -> None:
    report = sarif(header=replace(HEADER, folder=""))
    jsonschema.Draft7Validator(SARIF).validate(report)
    assert "originalUriBaseIds" not in report["runs"][0]
    assert "uriBaseId" not in json.dumps(report)


def test_case_and_examiner_are_properties() -> None:
    properties = sarif()["runs"][0]["properties"]
    assert (properties["case"], properties["examiner"]) == ("26-117", "A. Vo")
