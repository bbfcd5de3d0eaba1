"""The help texts in the README are those of the program."""

from __future__ import annotations

import re

import pytest

from tests.docs.help_text import MARKED_BLOCK, help_of, with_help
from tests.docs.markdown import README, SUBCOMMANDS

PAGE = README.read_text(encoding="utf-8")


def test_the_readme_shows_the_help_of_every_command() -> None:
    shown = [match["command"].strip() for match in MARKED_BLOCK.finditer(PAGE)]
    assert shown == list(SUBCOMMANDS)


def test_the_help_texts_are_those_of_the_program() -> None:
    assert with_help(PAGE) == PAGE, "renew them: python -m tests.docs.help_text"


def test_the_main_help_lists_every_command() -> None:
    listed = help_of("")
    assert [name for name in SUBCOMMANDS if not re.search(rf"\b{name}\b", listed)] == []


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_every_help_has_an_example(subcommand: str) -> None:
    assert f"inpaintscan {subcommand} " in help_of(subcommand).partition("\n")[2]
