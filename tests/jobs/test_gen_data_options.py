"""The options of gen-data against the settings they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.errors import UsageError
from inpaintscan.gen_data.resolved import default_methods
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.jobs.gen_data_options import GenDataOptions, read_kinds, read_split, to_settings


def test_the_defaults_of_the_options_are_those_of_the_settings() -> None:
    plain = GenDataOptions(source=Path("in"), output=Path("out"))
    assert to_settings(plain) == Settings(methods=default_methods())


def test_what_is_given_reaches_the_settings() -> None:
    options = GenDataOptions(
        source=Path("in"), output=Path("out"), method=("gated:3",), mask=("dir:masks",),
        captions=Path("c.csv"), vae=("one",), crop=64, save_as="jpg", kinds=("original",),
    )  # fmt: skip
    assert to_settings(options) == Settings(
        methods=(Choice("gated", None, 3.0),), masks=(Choice("dir", "masks"),),
        captions="c.csv", vae=("one",), crop=64, save_as="jpg", kinds=("original",),
    )  # fmt: skip


def test_lists_in_one_text() -> None:
    assert read_kinds("mask, original") == ("original", "mask")
    assert read_split("8,1,1") == (8.0, 1.0, 1.0)
    for read, text in ((read_kinds, "mask,x"), (read_split, "1,2"), (read_split, "1,-1,1")):
        with pytest.raises(UsageError, match=r"^--(kinds|split)"):
            read(text)
