"""Names as records show them: no two paths alike."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.images.names import original_name, record_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"photo.jpg", "photo.jpg"),
        (b"back\\slash.jpg", "back\\slash.jpg"),
        (b"bad\xff.png", r"bad\xff.png"),
        (rb"bad\xff.png", r"bad\\xff.png"),  # a name that spells it
        (rb"a\b" + b"\xff", r"a\\b\xff"),
        (rb"a\x20.png", r"a\x20.png"),  # no byte is shown so
        ("Zürich".encode(), "Zürich"),
    ],
)
def test_record_names(path: bytes, name: str) -> None:
    assert record_name(os.fsdecode(path)) == name


paths = st.lists(
    st.sampled_from([b"\xff", b"\xfe", b"\\", b"x", b"f", b"\\xff", b"\\\\", "ä".encode()]),
    max_size=6,
).map(b"".join)


@given(paths, paths)
def test_no_two_paths_share_a_record_name(first: bytes, second: bytes) -> None:
    same = record_name(os.fsdecode(first)) == record_name(os.fsdecode(second))
    assert same is (first == second)


@given(paths)
def test_a_record_name_leads_back_to_its_path(path: bytes) -> None:
    assert original_name(record_name(os.fsdecode(path))) == os.fsdecode(path)
