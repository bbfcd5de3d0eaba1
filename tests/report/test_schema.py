"""Reports against the JSON schema that the package ships."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from inpaintscan.findings import Finding
from inpaintscan.report import FORMATS, WRITERS
from inpaintscan.report.record import NOTHING_WRITTEN
from inpaintscan.report.run import Unread
from tests.report.samples import FINDINGS, HEADER, encoded, render

SCHEMA: dict[str, Any] = json.loads(
    resources.files("inpaintscan.report").joinpath("report.schema.json").read_text("utf-8")
)


def part(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}


def is_valid(value: object, schema: dict[str, Any] = SCHEMA) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def report(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encoded(render(WRITERS[".json"], **more)))
    return found


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("number", [0, 1, len(FINDINGS)])
def test_reports_fit(complete: bool, number: int) -> None:
    fields = report(findings=FINDINGS[:number], complete=complete)
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)


@pytest.mark.parametrize("target", [WRITERS[".jsonl"], FORMATS["jsonl"]])
def test_lines_fit(target: str) -> None:
    lines = [json.loads(line) for line in encoded(render(target)).splitlines()]
    for line in lines:
        if "schema_version" not in line:
            jsonschema.Draft202012Validator(part("record")).validate(line)
    headers = [line for line in lines if "schema_version" in line]
    assert headers
    for line in headers:
        jsonschema.Draft202012Validator(part("header")).validate(line)
    assert is_valid(headers[-1], part("totals"))


def test_every_field_is_described() -> None:
    fields = report()
    described = {*SCHEMA["properties"]}
    for name in ("header", "totals"):
        described |= SCHEMA["$defs"][name]["properties"].keys()
    assert fields.keys() == described
    record = fields["images"][1]
    assert record.keys() <= SCHEMA["$defs"]["record"]["properties"].keys()
    assert record["regions"][0].keys() == SCHEMA["$defs"]["region"]["properties"].keys()
    counts = SCHEMA["$defs"]["totals"]["properties"]["counts"]
    assert list(fields["counts"]) == list(counts["properties"]) == counts["required"]
    (evidence,) = fields["images"][2]["evidence"]
    assert evidence.keys() == SCHEMA["$defs"]["evidence"]["properties"].keys()
    assert list(record) == list(SCHEMA["$defs"]["record"]["properties"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("score", "0.9"),
        ("score", 1.5),
        ("verdict", "authentic"),
        ("sha256", "12"),
        ("regions", [{"score": 0.5, "area": 0.1, "box": [1, 2, 3]}]),
        ("width", -1),
        ("error", "damaged"),  # of an image that was scanned
        ("known", 1),
        ("stated", "clean"),
        ("evidence", [{"kind": "c2pa", "value": "", "where": "", "signature": "good"}]),
    ],
)
def test_what_is_no_record_does_not_fit(name: str, value: object) -> None:
    fields = report()
    fields["images"][1][name] = value
    assert not is_valid(fields)


@pytest.mark.parametrize(("verdict", "area"), [("clean", 0.5), ("generated", 0.5)])
def test_an_area_that_belies_the_verdict_does_not_fit(verdict: str, area: float) -> None:
    finding = Finding("a.png", verdict, area=area)  # type: ignore[arg-type]
    assert not is_valid(report(findings=[(finding, NOTHING_WRITTEN)]))


@pytest.mark.parametrize("name", ["schema_version", "images", "model", "counts", "complete"])
def test_a_report_that_lacks_a_field_does_not_fit(name: str) -> None:
    fields = report()
    del fields[name]
    assert not is_valid(fields)


def test_pictures_that_were_passed_over_are_described() -> None:
    fields = report(unread=[Unread("a.jxl", "JPEG XL is not read: convert it to PNG")])
    jsonschema.Draft202012Validator(SCHEMA).validate(fields)
    del fields["skipped"][0]["reason"]
    assert not is_valid(fields)


def test_a_later_version_may_add_fields() -> None:
    fields = report()
    fields["images"][0]["later"] = fields["later"] = 1
    assert is_valid(fields)
    assert HEADER.to_dict()["schema_version"] == fields["schema_version"]
