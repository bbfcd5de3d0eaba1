from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.errors import DataError
from inpaintscan.findings import Box, Evidence, Finding, Region, Scores
from inpaintscan.report.record import COLUMNS, Written, flatten, from_record, to_json, to_record
from tests.report.samples import FINDINGS

FIELDS = [
    "path", "sha256", "bytes", "format", "width", "height", "verdict", "reasons", "score", "scores",
    "stated", "area", "regions", "mask", "heatmap", "overlay", "evidence", "error",
]  # fmt: skip

shares = st.floats(0, 1).map(lambda value: round(value, 6))
texts = st.text(string.printable + "äß\u2028\udcff", max_size=20)
findings = st.builds(
    Finding,
    path=texts,
    verdict=st.sampled_from(["clean", "unsure", "inpainted", "generated"]),
    sha256=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    bytes=st.none() | st.integers(0, 2**40),
    format=st.none() | st.sampled_from(["JPEG", "PNG"]),
    width=st.integers(1, 10**5),
    height=st.integers(1, 10**5),
    frame=st.none() | st.integers(0, 99),
    reasons=st.lists(texts, max_size=3).map(tuple),
    scores=st.none() | st.builds(Scores, shares, shares),
    area=st.none() | shares,
    regions=st.lists(
        st.builds(Region, shares, shares, st.builds(Box, *[st.integers(0, 999)] * 4)), max_size=3
    ).map(tuple),
    stated=st.none() | st.sampled_from(["generated", "composite", "tampered"]),
    evidence=st.lists(
        st.builds(
            Evidence,
            texts,
            texts,
            texts,
            st.none() | st.sampled_from(["trusted", "valid", "invalid", "broken"]),
        ),
        max_size=2,
    ).map(tuple),
    error=st.none() | texts,
    known=st.booleans(),
)


@pytest.mark.parametrize(("finding", "written"), FINDINGS)
def test_record_has_the_fields_of_the_contract_in_their_order(
    finding: Finding, written: Written
) -> None:
    assert list(to_record(finding, written))[: len(FIELDS)] == FIELDS
    assert list(flatten(to_record(finding, written))) == list(COLUMNS)


@given(finding=findings, mask=st.none() | texts)
def test_record_survives_json_and_back(finding: Finding, mask: str | None) -> None:
    written = Written(mask=mask, mask_sha256=None if mask is None else "0" * 64)
    line = to_json(to_record(finding, written)).encode("utf-8", "backslashreplace")
    assert b"\n" not in line
    assert from_record(json.loads(line)) == (finding, written)


def test_box_is_a_list_and_score_the_larger_one() -> None:
    record = to_record(FINDINGS[1][0])
    assert record["regions"][0]["box"] == [10, 20, 50, 60]
    assert record["score"] == max(record["scores"].values()) == 0.97


def test_numbers_of_numpy_become_plain_ones() -> None:
    import numpy as np

    finding = Finding("a", "clean", scores=Scores(np.float32(0.1), np.float32(0.2)))  # type: ignore[arg-type]
    assert to_json(to_record(finding)["scores"]) == '{"inpainted": 0.1, "generated": 0.2}'


@pytest.mark.parametrize("damage", [{"scores": None}, {"regions": [{"score": 1}]}, {"frame": ...}])
def test_what_is_no_record_is_refused(damage: dict[str, object]) -> None:
    record = to_record(FINDINGS[1][0]) | damage
    if damage == {"frame": ...}:
        del record["frame"]
    with pytest.raises(DataError, match="not a record"):
        from_record(record)


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        to_json(to_record(Finding("a", "clean", scores=Scores(float("nan"), 0.0))))
