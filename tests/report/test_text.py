from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.report.text import cells, percent, printable, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain näme.jpg", "plain näme.jpg"),
        ("tab\tnewline\n", "tab\\x09newline\\x0a"),
        ("\x1b[31mred", "\\x1b[31mred"),  # no escape sequence reaches the terminal
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),  # right-to-left override
        ("\udcff", "\\xff"),  # a byte that is no UTF-8
    ],
)
def test_unsafe_characters_are_shown_not_obeyed(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_printable_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_percent() -> None:
    assert percent(0.1234) == "12.3 %"


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("写真", 4), ("é", 1), ("😀", 2)]
)
def test_letters_of_two_columns_count_twice(text: str, columns: int) -> None:
    assert cells(text) == columns


@given(st.text(st.characters(exclude_categories=["Cc", "Zs", "Zl", "Zp"])), st.integers(3, 40))
def test_no_line_is_wider_than_asked_for_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width, keep_blanks=True)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines) == text
