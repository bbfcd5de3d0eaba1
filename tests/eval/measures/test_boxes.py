"""Box overlap and matching, by table and against torchvision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.data.samples import enclosing_box
from inpaintscan.eval.measures.box_metrics import box_iou, match_regions
from inpaintscan.findings import Box

sides = st.integers(0, 20)
boxes = st.tuples(sides, sides, st.integers(1, 20), st.integers(1, 20)).map(
    lambda one: Box(one[0], one[1], one[0] + one[2], one[1] + one[3])
)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (Box(0, 0, 10, 10), 1.0),
        (Box(10, 0, 20, 10), 0.0),  # half-open: they only share an edge
        (Box(0, 0, 5, 10), 0.5),
        (Box(5, 5, 15, 15), 25 / 175),
        (Box(3, 3, 3, 9), 0.0),  # empty
    ],
)
def test_overlap_with_a_ten_by_ten_box(second: Box, expected: float) -> None:
    assert box_iou(Box(0, 0, 10, 10), second) == pytest.approx(expected)


@given(boxes, boxes)
def test_overlap_is_that_of_the_pixels(first: Box, second: Box) -> None:
    canvas = np.zeros((2, 40, 40), bool)
    for layer, box in enumerate((first, second)):
        canvas[layer, box.ymin : box.ymax, box.xmin : box.xmax] = True
    expected = canvas.all(axis=0).sum() / canvas.any(axis=0).sum()
    assert box_iou(first, second) == pytest.approx(expected)


def test_the_box_around_boxes() -> None:
    assert enclosing_box([Box(3, 4, 5, 6), Box(1, 5, 4, 9)]) == Box(1, 4, 5, 9)
    assert enclosing_box([]) is None


def test_each_prediction_serves_one_true_region() -> None:
    left, right = Box(0, 0, 10, 10), Box(20, 0, 30, 10)
    match = match_regions([left, right], [Box(0, 0, 10, 9), Box(0, 0, 10, 10), Box(50, 50, 60, 60)])
    assert match.ious == (1.0, 0.0)
    assert match.predicted == 3


@given(st.lists(boxes, max_size=5), st.lists(boxes, max_size=5))
def test_matching_never_credits_more_than_there_is(true: list[Box], guesses: list[Box]) -> None:
    match = match_regions(true, guesses)
    assert len(match.ious) == len(true)
    assert sum(iou > 0 for iou in match.ious) <= min(len(true), len(guesses))
    assert match_regions(true, true).ious == (1.0,) * len(true)
