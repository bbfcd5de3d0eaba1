"""Calibration, thresholds and verdicts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.errors import InpaintscanError, UsageError, WeightsError
from inpaintscan.findings import Scores
from inpaintscan.images import ImagePixels
from inpaintscan.scan.verdict import (
    Limits,
    LimitTable,
    calibrated_scores,
    decide,
    find_doubts,
    logit,
    resolve_limits,
    scored_classes,
    sigmoid,
)
from inpaintscan.weights import Calibration, Card, Threshold

TABLE = (Threshold(0.05, 0.3), Threshold(0.01, 0.5), Threshold(0.001, 0.9))
CARD = Card(
    name="test", task="multi", arch="x", thresholds={"inpainted": TABLE, "generated": TABLE}
)
LIMITS = {"inpainted": Limits(0.5, 0.3), "generated": Limits(0.8, 0.6)}


@pytest.mark.parametrize(
    ("fpr", "threshold", "limits"),
    [
        (None, None, Limits(0.5, 0.3)),  # 1 %
        (0.001, None, Limits(0.9, 0.3)),
        (0.005, None, Limits(0.9, 0.3)),  # between two points: the stricter one
        (0.05, None, Limits(0.3, 0.3)),  # no band left
        (0.2, None, Limits(0.3, 0.3)),
        (None, 0.7, Limits(0.7, 0.3)),
        (None, 0.1, Limits(0.1, 0.1)),  # the band is never above the threshold
    ],
)
def test_limits(fpr: float | None, threshold: float | None, limits: Limits) -> None:
    both = {"inpainted": limits, "generated": limits}
    assert resolve_limits(CARD, fpr, threshold) == LimitTable(both)


def test_a_carrier_with_a_curve_of_its_own_has_its_own_limits() -> None:
    strict = {name: (Threshold(0.05, 0.8), Threshold(0.01, 0.95)) for name in CARD.classes}
    table = resolve_limits(replace(CARD, carrier_thresholds={"jpeg_low": strict}), None, None)
    assert table.of("jpeg_low")["inpainted"] == Limits(0.95, 0.8)
    assert table.of("jpeg_high") == table.default
    assert table.default["inpainted"] == Limits(0.5, 0.3)


def test_a_threshold_holds_for_every_carrier() -> None:
    own = {"lossless": {name: (Threshold(0.01, 0.95),) for name in CARD.classes}}
    table = resolve_limits(replace(CARD, carrier_thresholds=own), None, 0.7)
    assert table.of("lossless")["generated"].report == 0.7


@pytest.mark.parametrize(
    ("fpr", "threshold", "error"),
    [
        (0.01, 0.5, UsageError),  # both
        (0.0, None, UsageError),
        (1.5, None, UsageError),
        (None, -0.1, UsageError),
        (None, 1.1, UsageError),
        (0.0001, None, WeightsError),  # stricter than the table
    ],
)
def test_limits_that_are_none(
    fpr: float | None, threshold: float | None, error: type[InpaintscanError]
) -> None:
    with pytest.raises(error):
        resolve_limits(CARD, fpr, threshold)


def test_weights_without_a_table_need_a_threshold() -> None:
    card = Card(name="bare", task="multi", arch="x")
    with pytest.raises(WeightsError, match="no threshold"):
        resolve_limits(card, None, None)
    assert resolve_limits(card, None, 0.5).default["inpainted"] == Limits(0.5, 0.5)


def test_weights_that_score_neither_class_are_refused() -> None:
    with pytest.raises(WeightsError, match="neither inpainted nor generated"):
        scored_classes(Card(name="cats", task="detect", arch="x", classes=("cat", "dog")))


def test_calibration_is_a_line_in_logits() -> None:
    card = Card(name="c", task="multi", arch="x", calibration={"inpainted": Calibration(2.0, -1.0)})
    scores = calibrated_scores({"inpainted": 1.0, "generated": 0.0}, card)
    assert scores == Scores(inpainted=round(1 / (1 + math.exp(-1.0)), 4), generated=0.5)
    assert calibrated_scores({"inpainted": -1000.0}, card) == Scores(0.0, 0.0)


@pytest.mark.parametrize(
    ("inpainted", "generated", "blind", "verdict"),
    [
        (0.0, 0.0, False, "clean"),
        (0.29, 0.59, False, "clean"),
        (0.3, 0.0, False, "unsure"),  # from the lower limit on
        (0.0, 0.6, False, "unsure"),
        (0.5, 0.0, False, "inpainted"),  # from the threshold on
        (0.0, 0.8, False, "generated"),
        (0.9, 0.8, False, "inpainted"),  # further above its threshold
        (0.6, 0.95, False, "generated"),
        (0.5, 0.8, False, "generated"),  # both exactly at theirs
        (0.0, 0.0, True, "unsure"),  # blind: not clean
        (0.99, 0.0, True, "inpainted"),  # blind, but found all the same
    ],
)
def test_verdicts(inpainted: float, generated: float, blind: bool, verdict: str) -> None:
    assert decide(Scores(inpainted, generated), LIMITS, blind)[0] == verdict


def test_unsure_says_which_score() -> None:
    _, reasons = decide(Scores(0.4, 0.7), LIMITS, False)
    assert len(reasons) == 1
    assert "inpainted and generated" in reasons[0]


@given(st.floats(-1e300, 1e300))
def test_sigmoid_never_overflows(value: float) -> None:
    assert 0.0 <= sigmoid(value) <= 1.0


@given(st.floats(1e-5, 1 - 1e-5))
def test_logit_undoes_sigmoid(probability: float) -> None:
    assert sigmoid(logit(probability)) == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize(
    ("height", "width", "quality", "blind", "words"),
    [
        (64, 64, None, False, []),
        (63, 500, None, True, ["too small: 500 x 63"]),
        (500, 500, 90, False, []),
        (500, 500, 49, False, ["JPEG quality 49"]),  # less to trust, but not blind
        (500, 500, 29, True, ["JPEG quality 29"]),
        (10, 10, 10, True, ["too small", "JPEG quality 10"]),
    ],
)
def test_doubts(
    height: int, width: int, quality: int | None, blind: bool, words: list[str]
) -> None:
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    image = ImagePixels(pixels, "JPEG", "", 0, quality=quality)
    found, reasons = find_doubts(image)
    assert found == blind
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))
