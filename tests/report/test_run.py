from __future__ import annotations

import re
from typing import Any

import pytest

from inpaintscan.findings import Finding
from inpaintscan.report.run import DEFAULT_FAIL_ON, RunHeader, RunSummary, read_environment, utc_now
from inpaintscan.report.words import limits_text


@pytest.mark.parametrize(
    ("verdict", "known", "fail_on", "counts"),
    [
        ("inpainted", False, ("inpainted", "generated"), True),
        ("generated", False, ("inpainted", "generated"), True),
        ("generated", False, ("inpainted",), False),
        ("unsure", False, ("inpainted", "generated"), False),
        ("unsure", False, ("unsure",), True),
        ("inpainted", True, ("inpainted",), False),  # known from the baseline
        ("clean", False, ("inpainted", "generated", "unsure"), False),
        ("error", False, ("inpainted", "generated", "unsure"), False),
    ],
)
def test_what_counts_as_a_finding(
    verdict: str, known: bool, fail_on: tuple[str, ...], counts: bool
) -> None:
    header = RunHeader("detect", "m", "00", {}, {}, utc_now(), fail_on=fail_on)
    finding = Finding("a.jpg", verdict, known=known)  # type: ignore[arg-type]
    assert header.is_finding(finding) is counts
    summary = RunSummary()
    summary.count(finding, header)
    totals = summary.to_dict(complete=True)["counts"]
    assert totals["findings"] == counts
    assert totals[verdict] == totals["images"] == 1


@pytest.mark.parametrize(
    ("report", "unsure", "text"),
    [
        ({"inpainted": 0.9119}, {"inpainted": 0.7669}, "reported from 0.91, unsure from 0.77"),
        ({"inpainted": 0.9, "generated": 0.9}, {}, "reported from 0.90"),  # the same for both
        (
            {"inpainted": 0.91, "generated": 0.97},
            {"inpainted": 0.77, "generated": 0.81},
            "inpainted reported from 0.91, unsure from 0.77; "
            "generated reported from 0.97, unsure from 0.81",
        ),
        ({"inpainted": 0.5}, {"inpainted": 0.5}, "reported from 0.50"),  # nothing is unsure
        ({"inpainted": 0.9988}, {"inpainted": 0.5}, "reported from 0.9988, unsure from 0.50"),
        ({"inpainted": 0.9}, "damaged", "reported from 0.90"),
    ],
)
def test_limits_in_words(report: dict[str, float], unsure: object, text: str) -> None:
    header = RunHeader("detect", "m", "00", report, {"unsure_thresholds": unsure}, utc_now())
    assert limits_text(header) == text


@pytest.mark.parametrize(
    ("stated", "fail_on", "counts"),
    [
        ("generated", DEFAULT_FAIL_ON, True),
        ("composite", DEFAULT_FAIL_ON, True),
        ("tampered", DEFAULT_FAIL_ON, True),
        (None, DEFAULT_FAIL_ON, False),
        ("generated", ("inpainted", "generated", "tampered"), False),
        ("tampered", ("stated",), False),
    ],
)
def test_what_a_file_states_counts_beside_a_clean_verdict(
    stated: Any, fail_on: tuple[str, ...], counts: bool
) -> None:
    header = RunHeader("detect", "m", "00", {}, {}, utc_now(), fail_on=fail_on)
    finding = Finding("a.jpg", "clean", stated=stated)
    assert header.is_finding(finding) is counts
    assert not header.is_finding(Finding("a.jpg", "clean", stated=stated, known=True))
    summary = RunSummary()
    summary.count(finding, header)
    totals = summary.to_dict(complete=True)["counts"]
    assert (totals["clean"], totals["findings"]) == (1, counts)
    assert totals["stated"] == (stated in {"generated", "composite"})
    assert totals["tampered"] == (stated == "tampered")


def test_times_are_utc_in_iso_8601() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", utc_now())


def test_environment_names_what_computes() -> None:
    assert {"python", "torch", "pillow"} <= read_environment().keys()
