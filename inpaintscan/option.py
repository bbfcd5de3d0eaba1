"""What the fields of a record of options carry, so that a command line can be made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, get_type_hints


@dataclass(frozen=True, slots=True)
class Option:
    """How a field is written and what is said of it."""

    panel: str
    """The heading of the help page it stands under."""
    text: str
    metavar: str | None = None
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


def option(
    default: object, panel: str, text: str, metavar: str | None = None, **more: object
) -> Any:  # noqa: ANN401 (as `dataclasses.field`)
    """Return a field of a record with its `Option`; the default `...` stands for none."""
    metadata = {"option": Option(panel, text, metavar, **more)}  # type: ignore[arg-type]
    return field(default=MISSING if default is ... else default, metadata=metadata)


def under(panel: str, **shared: object) -> Callable[..., Any]:
    """Return `option` for fields under one heading, without its name; `shared` is for all."""

    def shared_option(default: object, text: str, metavar: str | None = None, **own: object) -> Any:  # noqa: ANN401
        return option(default, panel, text, metavar, **shared | own)

    return shared_option


def options_of(record: type[Any]) -> dict[str, tuple[Any, Option]]:
    """Return the type and the option of each field of a record that is an option."""
    hints = get_type_hints(record)
    return {
        item.name: (hints[item.name], item.metadata["option"])
        for item in fields(record)
        if item.metadata
    }


def changes_of(record: type[Any]) -> dict[str, tuple[Any, Option]]:
    """Return the same for what a record's field `changes` takes: fields of records in `CHANGED`."""
    settings = getattr(record, "CHANGED", ())
    return {name: kind for one in settings for name, kind in options_of(one).items()}


def flags_of(name: str, option: Option) -> list[str]:
    """Return the spellings of a field's option, the usual one first."""
    return option.flags.split() or [f"--{name.replace('_', '-')}"]


def given_options(options: Any) -> dict[str, tuple[str, Option]]:  # noqa: ANN401
    """Return what is not at its default: the flag (of an argument its name) and option by field."""
    known, changes = options_of(type(options)), changes_of(type(options))
    given = {
        item.name: known[item.name][1]
        for item in fields(options)
        if item.default is not MISSING and getattr(options, item.name) != item.default
    }
    given |= {name: changes[name][1] for name in getattr(options, "changes", ())}
    return {name: (_shown(name, option), option) for name, option in given.items()}


def _shown(name: str, option: Option) -> str:
    if option.is_argument:
        return option.metavar or ""
    return flags_of(name, option)[0].partition("/")[0]
