"""Findings are plain values; the map is made full size on demand."""

from __future__ import annotations

import base64
import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inpaintscan.findings import Box, Evidence, Finding, ProbMap, Region, Scores, Verdict
from inpaintscan.report.record import to_record


def make_map(size_hw: tuple[int, int], stride: int = 4, seed: int = 0) -> ProbMap:
    shape = tuple(-(-side // stride) for side in size_hw)
    grid = np.random.default_rng(seed).random(shape).astype(np.float32)
    return ProbMap(grid, stride, size_hw, 0.5)


@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    stride=st.sampled_from([1, 2, 4, 8]),
    seed=st.integers(0, 5),
)
def test_the_full_map_has_the_size_and_range_of_the_image(
    height: int, width: int, stride: int, seed: int
) -> None:
    prob_map = make_map((height, width), stride, seed)
    full = prob_map.full()
    assert full.shape == (height, width)
    assert full.dtype == np.float32
    assert prob_map.grid.min() - 1e-6 <= full.min()
    assert full.max() <= prob_map.grid.max() + 1e-6
    assert np.array_equal(prob_map.mask, full >= 0.5)


@pytest.mark.parametrize("rows", [1, 3, 64])
def test_strips_of_the_map_are_those_of_the_whole(rows: int) -> None:
    prob_map = make_map((150, 90))
    strips = [prob_map.rows(top, top + rows) for top in range(0, 150, rows)]
    # a strip is scaled by its own factor, which differs from the whole's in the last digits
    np.testing.assert_allclose(np.concatenate(strips), prob_map.full(), atol=1e-4)


def test_where_the_size_is_a_multiple_it_is_plain_bilinear_scaling() -> None:
    prob_map = make_map((64, 48))
    expected = Image.fromarray(prob_map.grid).resize((48, 64), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(prob_map.full(), np.asarray(expected), atol=1e-6)


def test_a_constant_map_stays_constant_to_the_border() -> None:
    prob_map = ProbMap(np.full((3, 3), 0.25, np.float32), 4, (10, 9), 0.25)
    assert (prob_map.full() == 0.25).all()
    assert prob_map.mask.all()


def test_what_a_finding_derives() -> None:
    regions = (Region(0.9, 0.1, Box(0, 0, 4, 4)), Region(0.6, 0.2, Box(5, 5, 9, 9)))
    finding = Finding(
        "a.png",
        "inpainted",
        scores=Scores(0.7, 0.2),
        regions=regions,
        prob_map=make_map((10, 12)),
    )
    assert finding.score == 0.7
    assert finding.boxes == (Box(0, 0, 4, 4), Box(5, 5, 9, 9))
    assert finding.mask is not None
    assert finding.mask.shape == (10, 12)
    assert finding.heatmap is not None
    assert finding.heatmap.shape == (10, 12)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("clean", np.zeros((10, 12), bool)),
        ("generated", np.ones((10, 12), bool)),
        ("unsure", make_map((10, 12)).mask),
        ("inpainted", make_map((10, 12)).mask),
    ],
)
def test_the_mask_agrees_with_the_verdict(verdict: Verdict, expected: np.ndarray) -> None:
    finding = Finding("a.png", verdict, prob_map=make_map((10, 12)))
    assert np.array_equal(finding.mask, expected)
    assert finding.prob_map is not None
    assert np.array_equal(finding.prob_map.mask, make_map((10, 12)).mask)  # whatever the verdict
    assert Finding("a.png", verdict).mask is None


def test_an_error_has_none_of_it() -> None:
    finding = Finding("a.png", "error", error="damaged")
    assert (finding.score, finding.boxes, finding.mask, finding.heatmap) == (None, (), None, None)


def test_findings_are_values() -> None:
    one, two = Finding("a", "clean"), Finding("a", "clean", prob_map=make_map((4, 4)))
    assert one == two  # the map is not compared
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.path = "b"  # type: ignore[misc]


def test_a_finding_gives_the_record_of_reports_and_shows_itself() -> None:
    region = Region(0.9, 0.1, Box(0, 0, 4, 4))
    finding = Finding(
        "a&<b>.png",
        "inpainted",
        scores=Scores(0.7, 0.2),
        regions=(region,),
        reasons=("a <script>",),
        evidence=(Evidence("software", "<img>", "EXIF"),),
        prob_map=make_map((10, 12)),
        logits={"inpainted": 1.5},
    )
    record = finding.to_dict()
    assert record == to_record(finding)
    assert (record["path"], record["score"]) == ("a&<b>.png", 0.7)
    assert "logits" not in record
    json.dumps(record, allow_nan=False)
    shown = finding._repr_html_()
    assert "<b>inpainted</b>, score 0.7000" in shown
    assert "a&amp;&lt;b&gt;.png" in shown
    assert "a &lt;script&gt;" in shown
    assert "software: &lt;img&gt;" in shown
    assert "region 0.90: 0, 0 to 4, 4" in shown
    picture = base64.b64decode(shown.split("base64,")[1].split('"')[0])
    assert Image.open(io.BytesIO(picture)).size == (3, 3)
    assert "http" not in shown


def test_an_error_shows_its_reason() -> None:
    assert "damaged &amp; lost" in Finding("a.png", "error", error="damaged & lost")._repr_html_()
