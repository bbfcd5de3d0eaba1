"""The options of gen-data, which are the settings of the data set as well."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from inpaintscan.cli.app import load_command
from inpaintscan.errors import UsageError
from inpaintscan.gen_data.resolved import default_methods, settle
from inpaintscan.gen_data.settings import Settings, read_kinds, read_split
from inpaintscan.jobs.gen_data_run import GenDataOptions


def test_no_method_is_all_shipped_weights_and_patches() -> None:
    options = GenDataOptions(source=Path("in"), output=Path("out"), kinds=("original",))
    names = [choice.name for choice in settle(options).methods]
    assert sorted({choice.name for choice in default_methods()}) == sorted(set(names))


def test_every_setting_is_an_option_and_reaches_the_record() -> None:
    command = load_command("gen-data")
    assert {item.name for item in fields(Settings)} < {one.name for one in command.params}
    given = {item.name: item.default for item in fields(Settings)}
    assert GenDataOptions(source=Path("in"), output=Path("out"), **given) == GenDataOptions(
        source=Path("in"), output=Path("out")
    )


def test_lists_in_one_text() -> None:
    assert read_kinds("mask, original") == ("original", "mask")
    assert read_split("8,1,1") == (8.0, 1.0, 1.0)
    for read, text in ((read_kinds, "mask,x"), (read_split, "1,2"), (read_split, "1,-1,1")):
        with pytest.raises(UsageError, match=r"^--(kinds|split)"):
            read(text)
