"""From a record of options to a command of Typer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import typer

from inpaintscan.cli.signature import with_parameters
from inpaintscan.errors import ExitStatus, UsageError
from inpaintscan.jobs.scan_options import read_count
from inpaintscan.option import option


@dataclass(frozen=True, kw_only=True)
class Things:
    """One field of every kind."""

    names: tuple[str, ...] = option((), "Arguments", "Names.", "NAME", is_argument=True)
    out: Path = option(..., "Results", "Where to.", "DIR", flags="--out -o")
    level: Literal["low", "high"] = option("low", "Results", "Level.")
    by: tuple[Literal["kind", "source"], ...] = option((), "Results", "Groups.")
    workers: int | None = option(4, "Run", "Workers.", "N", parse=partial(read_count, "--workers"))
    area: tuple[float, float] = option((0.0, 1.0), "Run", "Area.", "MIN MAX")
    share: float | None = option(None, "Run", "Share.", "X", least=0, most=1)
    flip: bool | None = option(None, "Run", "Flip.", flags="--flip/--no-flip")
    fast_mode: bool = option(False, "Run", "Fast.")


def read(*arguments: str, **defaults: Any) -> Things:
    """Return what a command line makes of the record."""
    got: list[Things] = []

    def command(options: Things) -> ExitStatus:
        """Do something."""
        got.append(options)
        return ExitStatus.CLEAN

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(with_parameters(command))
    made = typer.main.get_command(app)
    made.main(list(arguments), standalone_mode=False, default_map=defaults)
    return got[0]


def test_defaults_are_those_of_the_record() -> None:
    assert read("-o", "x") == Things(out=Path("x"))


def test_every_kind_of_field() -> None:
    words = "a b --out x --level high --by kind --by source --workers auto --area 0.5 0.75"
    assert read(*words.split(), "--share", "1", "--no-flip", "--fast-mode") == Things(
        names=("a", "b"),
        out=Path("x"),
        level="high",
        by=("kind", "source"),
        workers=None,
        area=(0.5, 0.75),
        share=1.0,
        flip=False,
        fast_mode=True,
    )
    assert type(read("-o", "x", "--by", "kind").by[0]) is str


def test_defaults_of_a_configuration() -> None:
    things = read("-o", "x", workers=2, by=["kind"], level="high", names=["c"])
    assert things == Things(out=Path("x"), workers=2, by=("kind",), level="high", names=("c",))


@pytest.mark.parametrize(
    "words", [(), ("-o", "x", "--level", "mid"), ("-o", "x", "--by", "size"), ("-o", "x", "--fast")]
)
def test_what_is_no_value_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(typer.BadParameter.__mro__[2]):
        read(*words)


def test_a_range_and_a_parsed_value_say_their_own() -> None:
    with pytest.raises(typer.BadParameter):
        read("-o", "x", "--share", "1.5")
    with pytest.raises(UsageError, match="--workers 0: write auto"):
        read("-o", "x", "--workers", "0")
