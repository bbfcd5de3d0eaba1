"""Buckets hand out full batches, and the oldest first when asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.scan.line import Buckets


def test_a_full_bucket_is_handed_out() -> None:
    buckets: Buckets[str, int] = Buckets({"wide": 2, "tall": 1}.__getitem__)
    assert buckets.add("wide", 1) is None
    assert buckets.add("tall", 2) == [2]
    assert len(buckets) == 1
    assert buckets.add("wide", 3) == [1, 3]
    assert len(buckets) == 0


def test_the_oldest_bucket_is_the_one_whose_first_item_waits_longest() -> None:
    buckets: Buckets[str, int] = Buckets(lambda _key: 3)
    for key, item in [("a", 0), ("b", 1), ("a", 2), ("a", 3), ("b", 4), ("a", 5)]:
        buckets.add(key, item)
    assert buckets.pop_oldest() == [1, 4]
    assert buckets.pop_oldest() == [5]
    assert len(buckets) == 0


@given(keys=st.lists(st.sampled_from("abc")), limit=st.integers(1, 5))
def test_every_item_comes_out_once_and_in_order_within_its_key(keys: list[str], limit: int) -> None:
    buckets: Buckets[str, tuple[str, int]] = Buckets(lambda _key: limit)
    out: list[tuple[str, int]] = []
    for number, key in enumerate(keys):
        batch = buckets.add(key, (key, number))
        assert batch is None or len(batch) == limit
        out += batch or []
    while len(buckets):
        batch = buckets.pop_oldest()
        assert len({key for key, _ in batch}) == 1
        out += batch
    assert sorted(out, key=lambda item: item[1]) == list(zip(keys, range(len(keys)), strict=True))
    for key in "abc":
        numbers = [number for k, number in out if k == key]
        assert numbers == sorted(numbers)
