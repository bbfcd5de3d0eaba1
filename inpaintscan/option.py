"""What the fields of a record of options carry, so that a command line can be made of it."""

from __future__ import annotations

from dataclasses import KW_ONLY, MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Option:
    """How a field is written and what is said of it. Stands in the field's `Annotated`."""

    panel: str
    """The heading of the help page it stands under."""
    text: str
    metavar: str | None = None
    _: KW_ONLY
    flags: str = ""
    """Its spellings, separated by blanks; `--field-name` if empty."""
    is_argument: bool = False
    is_model: bool = False
    """Whether a shell completes the names of shipped models."""
    least: float | None = None
    most: float | None = None
    names: Literal["file", "folder"] | None = None
    """What the path it takes must be, if there is something there already."""
    parse: Callable[[str], Any] | None = None
    """Makes a value of the text behind the flag."""
    each: Callable[[str], Any] | None = None
    """Makes a value of each text, where the flag may be repeated."""
    only: tuple[str, ...] = ()
    """The uses of the command that take it; empty if all do."""


def options_of(record: type[Any]) -> dict[str, tuple[Any, Option]]:
    """Return the type and the option of each field of a record."""
    hints = get_type_hints(record, include_extras=True)
    annotated = {item.name: hints[item.name] for item in fields(record)}
    return {name: (hint.__origin__, hint.__metadata__[0]) for name, hint in annotated.items()}


def flags_of(name: str, option: Option) -> list[str]:
    """Return the spellings of a field's option, the usual one first."""
    return option.flags.split() or [f"--{name.replace('_', '-')}"]


def given_options(options: Any) -> dict[str, tuple[str, Option]]:  # noqa: ANN401
    """Return what is not at its default: the flag (of an argument its name) and option by field."""
    known = options_of(type(options))
    given = {}
    for item in fields(options):
        if item.default is not MISSING and getattr(options, item.name) != item.default:
            option = known[item.name][1]
            name = (
                option.metavar
                if option.is_argument
                else flags_of(item.name, option)[0].partition("/")[0]
            )
            given[item.name] = (name or "", option)
    return given
