from __future__ import annotations

import re

import pytest

from inpaintscan.findings import Finding
from inpaintscan.report.run import RunHeader, RunSummary, read_environment, utc_now


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


def test_times_are_utc_in_iso_8601() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", utc_now())


def test_environment_names_what_computes() -> None:
    assert {"python", "torch", "pillow"} <= read_environment().keys()
