"""JSON that somebody else wrote: read without surprises, and checked before it is used.

A shape is a function that takes a value and its place in the document, and raises `ShapeError` if
the value is another one. Weights cards, reports and cache entries are described with them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[object, str], None]

_SHOWN = 40
_DEEPEST = 20


class ShapeError(ValueError):
    """A value that is not what it has to be; says where and what."""


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 (whatever the document holds)
    """Return the value of a JSON document.

    Raises:
        ShapeError: if it is no JSON, holds NaN or Infinity, or is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ShapeError("nested too deeply") from error
    except ShapeError:
        raise
    except ValueError as error:
        raise ShapeError(f"no JSON ({error})") from error


def anything(value: object, where: str, depth: int = _DEEPEST) -> None:
    """Accept every value that can be written again: numbers finite, not nested without end."""
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(value, where, "a number")
    if isinstance(value, list | dict) and depth == 0:
        raise ShapeError(f"{where[:_SHOWN]}: nested too deeply")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        anything(item, where, depth - 1)


def unchecked(_value: object, _where: str) -> None:
    """Accept every value, to be checked later."""


def nothing(value: object, where: str) -> None:
    """Check that a value is null."""
    if value is not None:
        raise _wrong(value, where, "null")


def text(most: int = 1_000_000) -> Shape:
    """Return the shape of a string of at most `most` characters."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, str) or len(value) > most:
            raise _wrong(value, where, f"text of at most {most:,} characters")

    return check


def whole(least: int, most: int) -> Shape:
    """Return the shape of a whole number from `least` to `most`."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _wrong(value, where, f"a whole number from {least} to {most}")

    return check


def number(least: float, most: float) -> Shape:
    """Return the shape of a finite number from `least` to `most`."""

    def check(value: object, where: str) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most or not math.isfinite(value):  # type: ignore[operator, arg-type]
            raise _wrong(value, where, f"a number from {least:g} to {most:g}")

    return check


def truth(value: object, where: str) -> None:
    """Check that a value is true or false."""
    if not isinstance(value, bool):
        raise _wrong(value, where, "true or false")


def one_of(*allowed: str | int) -> Shape:
    """Return the shape of one of some texts or whole numbers."""

    def check(value: object, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in allowed:
            raise _wrong(value, where, f"one of {', '.join(map(str, allowed))}")

    return check


def nullable(shape: Shape) -> Shape:
    """Return the shape of null or something else."""

    def check(value: object, where: str) -> None:
        if value is not None:
            shape(value, where)

    return check


def either(wanted: str, *shapes: Shape) -> Shape:
    """Return the shape of what any of `shapes` accepts; errors call it `wanted`."""

    def check(value: object, where: str) -> None:
        for shape in shapes:
            try:
                shape(value, where)
            except ShapeError:
                continue
            return
        raise _wrong(value, where, wanted)

    return check


def list_of(shape: Shape, most: int = 1_000_000, least: int = 0) -> Shape:
    """Return the shape of a list of `least` to `most` items."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _wrong(value, where, f"a list of {least} to {most:,} items")
        for index, item in enumerate(value):
            shape(item, f"{where}[{index}]")

    return check


def mapping_of(shape: Shape, most: int = 1_000_000) -> Shape:
    """Return the shape of an object whose values are all alike, under any names."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            raise _wrong(value, where, f"an object of at most {most:,} fields")
        for name, item in value.items():
            shape(item, f"{where}.{name[:_SHOWN]}")

    return check


def table(
    needed: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *, more: bool = False
) -> Shape:
    """Return the shape of an object with named fields; others only if `more` are allowed."""
    known = {**needed, **(optional or {})}

    def check(value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(value, where, "an object")
        for name in needed:
            if name not in value:
                raise ShapeError(f"{where}: lacks {name!r}")
        for name, item in value.items():
            if name in known:
                known[name](item, f"{where}.{name}")
            elif more:
                anything(item, f"{where}.{name[:_SHOWN]}")
            else:
                raise ShapeError(f"{where}: unknown field {name[:_SHOWN]!r}")

    return check


def _refuse_constant(name: str) -> None:
    raise ShapeError(f"{name} is not a number")


def _wrong(value: object, where: str, wanted: str) -> ShapeError:
    shown = repr(value) if isinstance(value, bool | int | float | str | None) else type(value)
    shown = shown if isinstance(shown, str) else f"a {shown.__name__}"
    shortened = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return ShapeError(f"{where} is {shortened}, not {wanted}")
