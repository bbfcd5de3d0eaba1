"""From a record of options to the parameters of a Typer command: the only place that makes them."""

from __future__ import annotations

import functools
import glob
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from inpaintscan.errors import ExitStatus
from inpaintscan.option import Option, changes_of, flags_of, options_of

_NOT_SCANNING = ("autoencoder", "inpainter", "quality")
_EMPTY = inspect.Parameter.empty


def complete_model(incomplete: str) -> list[str]:
    """Return the shipped models that scan and whose names begin so, for shell completion."""
    from inpaintscan.weights import read_card, weights_folder

    files = sorted(weights_folder().glob(f"{glob.escape(incomplete)}*.safetensors"))
    return [file.stem for file in files if read_card(file).task not in _NOT_SCANNING]


def with_parameters(command: Callable[[Any], ExitStatus]) -> Callable[..., ExitStatus]:
    """Return a function for Typer whose parameters are the fields of the record `command` takes.

    Typer knows no other way to declare parameters than a signature, so the function is given one.
    """
    record = get_type_hints(command)["options"]
    known, changes = options_of(record), changes_of(record)

    @functools.wraps(command)
    def call(**values: Any) -> ExitStatus:  # noqa: ANN401
        given = _parsed(values, known | changes)
        changed = {name: given.pop(name) for name in changes if name in given}
        return command(record(**given, **{"changes": changed} if changes else {}))

    parameters = []
    for item in fields(record):
        if item.name in known:
            parameters.append(_parameter(item.name, *known[item.name], item.default))
        else:
            parameters += [
                _parameter(name, kind | None, option, None)
                for name, (kind, option) in changes.items()
            ]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {}
    return call


def _parameter(
    name: str,
    kind: Any,  # noqa: ANN401
    option: Option,
    default: Any,  # noqa: ANN401
) -> inspect.Parameter:
    """Return the parameter of a field. What is parsed here is text for Typer, None if not given."""
    default = _EMPTY if default is MISSING else default
    if option.parse:
        kind, default = str | None, None
    elif _is_list(kind):
        kind = _list_of(str if option.each else get_args(kind)[0])
        default = default if default is _EMPTY else None
    shared = {"help": option.text, "metavar": option.metavar, "show_default": False}
    if option.is_argument:
        made = typer.Argument(**shared)  # type: ignore[arg-type]
    else:
        made = typer.Option(
            *flags_of(name, option),
            **shared,  # type: ignore[arg-type]
            rich_help_panel=option.panel,
            autocompletion=complete_model if option.is_model else None,
            min=option.least,
            max=option.most,
            file_okay=option.names != "folder",
            dir_okay=option.names != "file",
        )
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=default, annotation=Annotated[kind, made])


def _is_list(kind: Any) -> bool:  # noqa: ANN401
    return get_origin(kind) is tuple and get_args(kind)[-1] is ...


def _list_of(kind: Any) -> Any:  # noqa: ANN401
    """Return an optional list of a type; Typer takes a list of an Enum, but none of a Literal."""
    if get_origin(kind) is not Literal:
        return list[kind] | None
    choice: Any = Enum("Choice", [(value, value) for value in get_args(kind)])  # type: ignore[misc]
    return list[choice] | None


def _parsed(values: dict[str, Any], known: dict[str, tuple[Any, Option]]) -> dict[str, Any]:
    """Return the values that were given, as the fields hold them; for others the defaults stand.

    Raises:
        InpaintscanError: for a text that is no value.
    """
    found = {name: value for name, value in values.items() if value is not None}
    for name, value in found.items():
        kind, option = known[name]
        if option.parse:
            found[name] = option.parse(value)
        elif option.each:
            found[name] = tuple(option.each(one) for one in value)
        elif _is_list(kind):
            found[name] = tuple(getattr(one, "value", one) for one in value)
    return found
