"""What is trained on and what is held out; no image on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inpaintscan.data import read_dataset
from inpaintscan.data.checks import check_leaks, find_leaks
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError
from tests.data.pictures import GEN_DATA_COLUMNS, write_image


def test_split_keeps_the_versions_of_a_photo_together(tmp_path: Path) -> None:
    for seed in range(10):
        write_image(tmp_path / "real" / f"{seed}.png", seed)
        write_image(tmp_path / "fake" / f"{seed}.png", 100 + seed)
    dataset = read_dataset(tmp_path)
    train, val = split_dataset(dataset, val=0.2, seed=3)
    stems = [{sample.image.stem for sample in part} for part in (train, val)]
    assert not stems[0] & stems[1]
    assert (len(train), len(val)) == (16, 4)
    shuffled = dataset.with_samples(tuple(reversed(dataset.samples)))
    assert {s.image for s in split_dataset(shuffled, val=0.2, seed=3)[1]} == {s.image for s in val}


def test_split_holds_out_whole_folders(tmp_path: Path) -> None:
    for folder in range(6):
        for seed in range(3):
            write_image(tmp_path / "real" / f"scene{folder}" / f"{seed}.png", seed)
    train, val = split_dataset(read_dataset(tmp_path), val=0.1)
    assert len({sample.source for sample in val}) == 1
    assert not {sample.source for sample in val} & {sample.source for sample in train}


@pytest.mark.parametrize(
    ("real", "fakes"),
    [
        ("real/{}.png", ["fake/sd/{}.png", "fake/flux/{}.png"]),
        ("real/coco/{}.png", ["fake/sd/{}.png"]),
        ("{}/real/a.png", ["{}/fake/sd/a.png"]),  # a category each
        ("real/{}/a.png", ["fake/sd/{}/a.png", "fake/{}/flux/a.png", "fake/{}/a.png"]),
    ],
)
def test_a_fake_stays_with_the_photo_it_was_made_of(
    tmp_path: Path, real: str, fakes: list[str]
) -> None:
    names = "abcdefghij"
    for name in names:
        for path in (real, *fakes):
            write_image(tmp_path / path.format(name))
    parts = split_dataset(read_dataset(tmp_path), val=0.3)
    assert [len(part) for part in parts] == [7 * (1 + len(fakes)), 3 * (1 + len(fakes))]
    held_out = {sample.image for sample in parts[1]}
    for name in names:
        versions = {tmp_path / path.format(name) for path in (real, *fakes)}
        assert versions <= held_out or not versions & held_out


@pytest.mark.parametrize(("split_by", "depth"), [("photo", 2), ("folder", 1)])
def test_what_gen_data_never_divided_is_not_divided_later(
    tmp_path: Path, split_by: str, depth: int
) -> None:
    rows = [GEN_DATA_COLUMNS]
    for number in range(24):  # two variants a photo, two photos a folder
        write_image(tmp_path / "train" / "original" / f"{number}.png")
        source = f"folder{number // 4}/photo{number // 2}.jpg"
        rows.append(f"{number},train,original,0,0,0,0,0,,,{source},,,1")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    (tmp_path / "dataset.json").write_text(json.dumps({"settings": {"split_by": split_by}}))
    parts = split_dataset(read_dataset(tmp_path), val=0.1)
    kept = [{tuple(sample.source.split("/")[:depth]) for sample in part} for part in parts]
    assert not kept[0] & kept[1]
    assert len(parts[1]) == 4
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(DataError, match=r"dataset\.json: not as gen-data wrote it"):
        split_dataset(read_dataset(tmp_path))


def test_names_that_are_no_unicode_are_split_too(tmp_path: Path) -> None:
    for number in range(6):
        for folder in ("real", "fake"):
            write_image(tmp_path / folder / f"\udcff{number}.png")
    train, val = split_dataset(read_dataset(tmp_path), val=0.3)
    assert (len(train), len(val)) == (8, 4)


def test_leaks_are_found_by_content(tmp_path: Path) -> None:
    write_image(tmp_path / "train" / "real" / "a.png", 1)
    write_image(tmp_path / "train" / "real" / "b.png", 2)
    write_image(tmp_path / "test" / "real" / "renamed.png", 2)
    dataset = read_dataset(tmp_path)
    train, test = dataset.of(split="train"), dataset.of(split="test")
    assert [(first.name, second.name) for first, second in find_leaks(train, test)] == [
        ("b.png", "renamed.png")
    ]
    with pytest.raises(DataError, match=r"renamed\.png: the same image as .*b\.png"):
        check_leaks(train, test)
