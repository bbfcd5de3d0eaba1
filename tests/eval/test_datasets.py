"""What an evaluation reads: splits, clean folders, what to group by."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.errors import DataError
from inpaintscan.eval.datasets import group_fields, read_clean_set, read_test_set
from tests.eval.toy import make_clean, make_gen_data, make_toy


def test_the_test_split_is_taken_if_there_is_one(tmp_path: Path) -> None:
    toy = make_toy(tmp_path / "toy")
    assert len(read_test_set(toy).samples) == 8
    with pytest.raises(DataError, match="no split 'test'; it has none: --split all"):
        read_test_set(toy, "test")
    data = make_gen_data(tmp_path / "data")
    table = (data / "labels.csv").read_text()
    assert len(read_test_set(data).samples) == 8
    (data / "test").rename(data / "val")
    (data / "labels.csv").write_text(table.replace(",test,", ",val,"))
    assert len(read_test_set(data).samples) == len(read_test_set(data, "all").samples) == 8
    with pytest.raises(DataError, match="no split 'test'; it has val"):
        read_test_set(data, "test")


def test_clean_photos_have_the_folder_as_source(tmp_path: Path) -> None:
    clean = read_clean_set(make_clean(tmp_path / "clean"))
    assert [sample.source for sample in clean.samples] == ["lake"] * 4 + ["town"] * 2
    assert {sample.label for sample in clean.samples} == {"clean"}
    flat = read_clean_set(tmp_path / "clean" / "lake")
    assert {sample.source for sample in flat.samples} == {"lake"}
    for folder in (tmp_path / "none", tmp_path):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(DataError):
            read_clean_set(tmp_path / "empty" if folder == tmp_path else folder)


def test_what_results_are_grouped_by(tmp_path: Path) -> None:
    toy = read_test_set(make_toy(tmp_path / "toy"))
    assert group_fields(toy, ()) == ()
    assert group_fields(toy, ("method",)) == ("method",)
    data = read_test_set(make_gen_data(tmp_path / "data"))
    assert group_fields(data, ()) == ("kind",)  # never only one number over different kinds
    assert group_fields(data, ("method",)) == ("method",)
    clean = read_clean_set(make_clean(tmp_path / "clean"))
    assert group_fields(clean, ("kind",)) == ("kind", "source")
    assert group_fields(read_clean_set(tmp_path / "clean" / "lake"), ()) == ()
