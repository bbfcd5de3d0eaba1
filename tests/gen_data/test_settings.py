from __future__ import annotations

from typing import Any

import pytest

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.settings import Choice, Settings, parse_choice


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("telea", Choice("telea")),
        ("telea:3", Choice("telea", None, 3.0)),
        ("gated=a/b.safetensors", Choice("gated", "a/b.safetensors")),
        ("gated=a/b.safetensors:0.5", Choice("gated", "a/b.safetensors", 0.5)),
        ("vae=C:\\models\\x.safetensors", Choice("vae", "C:\\models\\x.safetensors")),
        ("vae=C:\\models\\x.safetensors:2", Choice("vae", "C:\\models\\x.safetensors", 2.0)),
        ("diffusion=owner/name:2", Choice("diffusion", "owner/name", 2.0)),
        ("dir:masks", Choice("dir", "masks")),
        ("dir:some/masks:4", Choice("dir", "some/masks", 4.0)),
        ("dir:C:\\masks", Choice("dir", "C:\\masks")),
        ("object=box:2", Choice("object", "box", 2.0)),
    ],
)
def test_a_choice_is_a_name_with_argument_and_weight(text: str, choice: Choice) -> None:
    assert parse_choice(text) == choice


@pytest.mark.parametrize("text", ["", ":3", "telea:0", "telea:-1", "telea:nan", "telea:inf", "=x"])
def test_a_choice_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write name"):
        parse_choice(text)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"scale": (0.5, 1.5)}, "--scale"),
        ({"scale": (0.9, 0.5)}, "--scale"),
        ({"area": (0.0, 0.5)}, "--area"),
        ({"quality": (0, 50)}, "--quality"),
        ({"regions": (0, 2)}, "--regions"),
        ({"blur": (-1.0, 2.0)}, "--blur"),
        ({"degrade": (1, 6)}, "--degrade"),
        ({"kinds": ()}, "at least one kind"),
        ({"kinds": ("mask",)}, "--kinds mask: masks alone make no data set"),
    ],
)
def test_ranges_are_checked(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        Settings(methods=(Choice("patchmatch"),), **values)
