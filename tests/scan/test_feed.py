"""How a card says that its network is fed."""

from __future__ import annotations

import pytest

from inpaintscan.errors import WeightsError
from inpaintscan.scan.feed import to_feed
from inpaintscan.scan.measures import NAMES
from inpaintscan.weights import Card, Input

INPUT = Input("tile", 64, 32, 4, 224)


def test_a_judge_of_other_measures_is_refused() -> None:
    now = Card("x", "multi", "twolook", {"measures": len(NAMES)}, input=INPUT)
    assert to_feed(now).view == 224
    before = Card("x", "multi", "twolook", {"measures": 44}, input=INPUT)
    with pytest.raises(WeightsError, match=r"made by another version .* takes 44 measures"):
        to_feed(before)
