"""CBOR (RFC 8949), decoded far enough to read a C2PA claim."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_DEPTH_LIMIT = 32
_BREAK = object()
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


@dataclass(slots=True)
class Budget:
    """How many items may still be decoded: each byte can be one, which takes a microsecond."""

    items: int = 500_000


def decode_cbor(data: bytes, budget: Budget | None = None) -> object:
    """Return the first item of `data` as dict, list, str, bytes, int, float, bool or None.

    Tags are dropped, their content kept.

    Raises:
        ValueError: if the data end early, nest too deeply, hold a reserved code or more items than
            the budget has.
    """
    value, _ = _decode(data, 0, 0, budget or Budget())
    return value


def _decode(data: bytes, position: int, depth: int, budget: Budget) -> tuple[object, int]:
    """Return the item at `position` and the position after it."""
    budget.items -= 1
    if position >= len(data) or depth > _DEPTH_LIMIT or budget.items < 0:
        raise ValueError("damaged CBOR")
    major, info = data[position] >> 5, data[position] & 31
    position += 1
    if major == 7:
        return _decode_simple(data, position, info)
    if info == 31:
        return _decode_indefinite(data, position, (major, depth), budget)
    argument, position = _argument(data, position, info)
    if major == 0:
        return argument, position
    if major == 1:
        return -1 - argument, position
    if major in {2, 3}:
        part, end = _part(data, position, argument)
        return (part if major == 2 else part.decode("utf-8", "replace")), end
    if major == 6:
        return _decode(data, position, depth + 1, budget)
    items: list[object] = []
    for _ in range(argument * (major - 3)):  # 4: array, 5: map, two items an entry
        item, position = _decode(data, position, depth + 1, budget)
        items.append(item)
    return (items if major == 4 else _to_dict(items)), position


def _argument(data: bytes, position: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, position
    if info > 27:
        raise ValueError("damaged CBOR")
    part, end = _part(data, position, 1 << (info - 24))
    return int.from_bytes(part, "big"), end


def _part(data: bytes, position: int, length: int) -> tuple[bytes, int]:
    """Return `length` bytes at `position` and the position after them.

    Raises:
        ValueError: if the data end before.
    """
    end = position + length
    if end > len(data):
        raise ValueError("damaged CBOR")
    return data[position:end], end


def _decode_simple(data: bytes, position: int, info: int) -> tuple[object, int]:
    if info == 31:
        return _BREAK, position
    if info in _FLOATS:
        part, end = _part(data, position, 1 << (info - 24))
        return struct.unpack(_FLOATS[info], part)[0], end
    return {20: False, 21: True}.get(info), position + (info == 24)


def _decode_indefinite(
    data: bytes, position: int, kind: tuple[int, int], budget: Budget
) -> tuple[object, int]:
    major, depth = kind
    items: list[object] = []
    while True:
        item, position = _decode(data, position, depth + 1, budget)
        if item is _BREAK:
            break
        items.append(item)
    if major == 2:
        return b"".join(item for item in items if isinstance(item, bytes)), position
    if major == 3:
        return "".join(item for item in items if isinstance(item, str)), position
    return (_to_dict(items) if major == 5 else items), position


def _to_dict(items: list[object]) -> dict[str, object]:
    """Pair up keys and values; C2PA's keys that matter here are all strings."""
    return {
        key: value
        for key, value in zip(items[0::2], items[1::2], strict=False)
        if isinstance(key, str)
    }
