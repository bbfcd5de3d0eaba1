"""The `--help` pages say what every option is for, and fit narrow terminals."""

from __future__ import annotations

import re

import pytest

from inpaintscan.cli.app import load_command
from tests.docs.help_text import help_of
from tests.docs.markdown import SUBCOMMANDS

PAGES = ("", *SUBCOMMANDS)


def words_of(page: str) -> list[str]:
    """Return the words of a page in order, without the marks of broken lines."""
    return page.replace(" \\\n", " ").split()


def test_the_main_help_lists_every_command() -> None:
    listed = help_of("")
    assert [name for name in SUBCOMMANDS if not re.search(rf"\b{name}\b", listed)] == []


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_every_option_and_argument_is_explained(subcommand: str) -> None:
    said = " ".join(words_of(help_of(subcommand)))
    for parameter in load_command(subcommand).params:
        assert parameter.help.endswith("."), parameter.name
        assert " ".join(parameter.help.split()) in said, parameter.name


@pytest.mark.parametrize("subcommand", PAGES)
def test_values_have_names_and_not_types(subcommand: str) -> None:
    page = help_of(subcommand)
    assert re.findall(r"<|>| (?:int|float|str|path)(?: range)?\n|\[x|\{SRC|\{DATA", page) == []
    assert re.findall(r"^ +--?\S.* (?:int|float|str|path|range)\b(?: {2}|$)", page, re.M) == []


@pytest.mark.parametrize("columns", [80, 50])
@pytest.mark.parametrize("subcommand", PAGES)
def test_no_line_is_longer_than_the_terminal(subcommand: str, columns: int) -> None:
    lines = help_of(subcommand, columns).splitlines()
    assert [line for line in lines if len(line) > columns] == []


@pytest.mark.parametrize("subcommand", PAGES)
def test_a_narrow_page_has_the_words_of_a_wide_one(subcommand: str) -> None:
    """No word is cut or broken."""
    assert words_of(help_of(subcommand, 50)) == words_of(help_of(subcommand, 80))
