"""From a record of options to a signature, which is what Typer reads options from."""

from __future__ import annotations

import functools
import inspect
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    from inpaintscan.errors import ExitStatus


def parameters_of(options: type[Any], names: tuple[str, ...] = ()) -> list[inspect.Parameter]:
    """Return the fields of a record of options (all, or those of `names`) as parameters."""
    hints = get_type_hints(options, include_extras=True)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if item.default is MISSING else item.default,
            annotation=hints[item.name],
        )
        for item in fields(options)
        if not names or item.name in names
    ]


def with_parameters(
    command: Callable[..., ExitStatus],
    call: Callable[..., ExitStatus],
    parameters: list[inspect.Parameter],
) -> Callable[..., ExitStatus]:
    """Return `call` under the name of `command`, with a signature for Typer to read."""

    @functools.wraps(command)
    def wrapper(**values: Any) -> ExitStatus:  # noqa: ANN401
        return call(**values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [parameter.replace(kind=keyword) for parameter in parameters]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapper
