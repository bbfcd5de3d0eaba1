"""What a weights file may say of itself, checked before a network is built from it.

Somebody else may have written the file: no value is trusted, and none may make the tool take more
memory or time than the tensors that stand in it.
"""

from __future__ import annotations

from typing import Any

from inpaintscan.shapes import (
    Shape,
    anything,
    either,
    list_of,
    mapping_of,
    nullable,
    number,
    one_of,
    table,
    text,
    truth,
    whole,
)

LARGEST_SIDE = 2048
"""Longest side in pixels of a tile, or of what an image is resized to."""
_LARGEST_WIDTH = 4096
_LONGEST_LIST = 64
_SHARE = number(0, 1)
_NAME = text(200)
_POINTS = list_of(table({"fpr": _SHARE, "score": _SHARE}), most=10_000)
_LINE = number(-1e9, 1e9)
_CLASSES = list_of(_NAME, most=_LONGEST_LIST)
_INPUT = table(
    {},
    {
        "fit": one_of("tile", "resize"),
        "size": nullable(whole(16, LARGEST_SIDE)),
        "multiple": whole(1, 256),
        "stride": one_of(1, 2, 4, 8, 16, 32, 64),
        "view": nullable(whole(16, LARGEST_SIDE)),
    },
    more=True,
)
_ARGUMENT = either(
    f"a plain value, numbers up to {_LARGEST_WIDTH}",
    truth,
    nullable(_NAME),
    number(0, _LARGEST_WIDTH),
    list_of(whole(0, _LARGEST_WIDTH), most=_LONGEST_LIST),
)
_REPEATED = {
    "blocks": whole(1, _LONGEST_LIST),
    "layers": list_of(whole(1, _LONGEST_LIST), most=_LONGEST_LIST),
    "size": whole(1, LARGEST_SIDE),
}
"""Arguments that say how often something is built, or how large an input is."""
_MEMBER = table(
    {
        "arch": _NAME,
        "arch_args": mapping_of(_ARGUMENT, most=_LONGEST_LIST),
        "classes": _CLASSES,
        "input": _INPUT,
        "lines": list_of(list_of(_LINE, most=2, least=2), most=_LONGEST_LIST),
    }
)
_STACKER = table(
    {"kind": _NAME},
    {
        **dict.fromkeys(("vectors", "trees", "nodes"), whole(1, 100_000_000)),
        "depth": whole(0, _LARGEST_WIDTH),
        "gamma": number(0, 1e9),
    },
)
_ARGUMENTS: dict[str, Shape] = {
    "ensemble": table(
        {
            "members": list_of(_MEMBER, most=_LONGEST_LIST, least=1),
            "stackers": list_of(_STACKER, most=_LONGEST_LIST),
        },
        {"stride": whole(1, 64)},
    ),
    "twolook": table(
        {"measures": whole(1, _LARGEST_WIDTH)},
        {
            "hidden": whole(1, _LARGEST_WIDTH),
            **dict.fromkeys(
                ("traces", "content"), nullable(mapping_of(_ARGUMENT, most=_LONGEST_LIST))
            ),
        },
    ),
}
"""Of the architectures that take more than plain values."""
_CARD = table(
    {
        "name": _NAME,
        "task": _NAME,
        "arch": _NAME,
        "classes": _CLASSES,
        "thresholds": mapping_of(_POINTS, most=_LONGEST_LIST),
        "calibration": mapping_of(table({}, {"scale": _LINE, "bias": _LINE}), most=_LONGEST_LIST),
        "format_version": whole(0, 1_000_000),
    },
    {
        "arch_args": mapping_of(anything, most=_LONGEST_LIST),
        "input": _INPUT,
        "carrier_thresholds": mapping_of(
            mapping_of(_POINTS, most=_LONGEST_LIST), most=_LONGEST_LIST
        ),
        "mask_threshold": _SHARE,
        "training": table(
            {},
            {
                "kind": _NAME,
                "kinds": either("names", _NAME, list_of(_NAME)),
                "validation": mapping_of(anything),
            },
            more=True,
        ),
        "tool_version": _NAME,
    },
)
_HEADER = mapping_of(
    table(
        {
            "dtype": text(20),
            "shape": list_of(whole(0, 2**40), most=_LONGEST_LIST),
            "data_offsets": list_of(whole(0, 2**60), most=2, least=2),
        }
    )
)
_METADATA = mapping_of(text(100_000_000))


def check_card(fields: object) -> None:
    """Check the fields of a card.

    Raises:
        ShapeError: for the first that is missing, unknown, or no value for it.
    """
    _CARD(fields, "card")
    assert isinstance(fields, dict), "it has the shape of a card"
    arguments = fields.get("arch_args", {})
    if fields["arch"] in _ARGUMENTS:
        _ARGUMENTS[fields["arch"]](arguments, "card.arch_args")
        for member in arguments.get("members", ()):
            _check_repeated(member["arch_args"])
    else:
        mapping_of(_ARGUMENT)(arguments, "card.arch_args")
        _check_repeated(arguments)


def check_header(tensors: object, metadata: object) -> None:
    """Check the header of a safetensors file: its tensors by name, and its metadata.

    Raises:
        ShapeError: if it is none.
    """
    _HEADER(tensors, "header")
    _METADATA(metadata, "__metadata__")


def offline(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments of an architecture, or of an ensemble, that fetch and open nothing.

    Which published weights a training began with is history: the file has its own tensors.
    """
    kept = {name: value for name, value in arguments.items() if name != "pretrained"}
    if "members" in kept:
        kept["members"] = [
            {**member, "arch_args": offline(member["arch_args"])} for member in kept["members"]
        ]
    return kept


def _check_repeated(arguments: dict[str, Any]) -> None:
    for name, shape in _REPEATED.items():
        if name in arguments:
            shape(arguments[name], f"card.arch_args.{name}")
