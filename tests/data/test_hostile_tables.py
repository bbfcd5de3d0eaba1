"""Tables that somebody else wrote: one line that says what is wrong, nothing read elsewhere."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data import read_dataset
from inpaintscan.data.samples import read_mask_levels, read_size
from inpaintscan.errors import DataError
from inpaintscan.images.names import as_text_cell

BOXES = "image_id,inpainted,xmin,ymin,xmax,ymax\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a data set with one picture, beside another picture."""
    (tmp_path / "set").mkdir()
    for name in ("set/a.png", "b.png"):
        Image.new("RGB", (40, 30)).save(tmp_path / name)
    return tmp_path / "set"


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e400", "one"])
def test_a_box_of_no_numbers(folder: Path, number: str) -> None:
    (folder / "t.csv").write_text(f"{BOXES}a.png,1,0,0,{number},9\n")
    with pytest.raises(DataError, match="is not four numbers"):
        read_dataset(folder / "t.csv")


@pytest.mark.parametrize("name", ["/", "//", ".", "a/", "n" * 5_000, "a\0b", "\udcff"])
def test_a_name_that_is_none(folder: Path, name: str) -> None:
    text = f"{BOXES}{name},0,0,0,0,0\nx,0,0,0,0,0\n"
    (folder / "t.csv").write_text(text, errors="surrogateescape")
    with pytest.raises(DataError):
        read_dataset(folder / "t.csv")
    (folder / "t.csv").write_text(f"image,label\n{name},clean\n", errors="surrogateescape")
    with pytest.raises(DataError):
        read_dataset(folder / "t.csv")


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5_000, '{"a": 1}', "[[1, 2, 3]]"])
def test_json_of_another_kind(folder: Path, text: str) -> None:
    (folder / "t.json").write_text(text)
    with pytest.raises(DataError, match="not a list of"):
        read_dataset(folder / "t.json")


def test_json_with_a_byte_order_mark(folder: Path) -> None:
    (folder / "t.json").write_text('[["a.png", "Negative"]]', encoding="utf-8-sig")
    assert [sample.image for sample in read_dataset(folder / "t.json")] == [folder / "a.png"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\t", "\n", "'", ""])
def test_a_name_like_a_formula_is_read_as_localize_writes_it(folder: Path, start: str) -> None:
    name = f"{start}1+1.png"
    (folder / "a.png").rename(folder / name)
    with (folder / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([BOXES.strip().split(","), [as_text_cell(name), *[0] * 5]])
    assert [sample.image.name for sample in read_dataset(folder / "t.csv")] == [name]


def outside_table(folder: Path, kind: str, name: str) -> Path:
    """Write a table of a kind that names one picture."""
    path = folder / ("t.json" if kind == "json" else "t.csv")
    texts = {
        "boxes": f"{BOXES}{name},0,0,0,0,0\n",
        "labels": f"image,label\n{name},clean\n",
        "masks": f"image,label,mask\na.png,inpainted,{name}\n",
        "json": json.dumps([[name, "Negative"]]),
        "gen-data": f"image_id,split,kind,inpainted\n{name},test,original,0\n",
        "splits": "image_id,split,kind,inpainted\nb.png,..,.,0\n",
    }
    path.write_text(texts[kind])
    return path


@pytest.mark.parametrize("kind", ["boxes", "labels", "masks", "json", "gen-data"])
@pytest.mark.parametrize("form", ["../b.png", "x/../../b.png", "absolute"])
def test_files_outside_are_refused_unless_allowed(folder: Path, kind: str, form: str) -> None:
    (folder / "x").mkdir()
    (folder / "test/original").mkdir(parents=True)
    name = str(folder.parent / "b.png") if form == "absolute" else form
    if kind == "gen-data" and form != "absolute":  # seen from the folder of its split and kind
        name = f"../../{form}" if form == "../b.png" else "../../x/../../b.png"
    table = outside_table(folder, kind, name)
    with pytest.raises(DataError, match=r"outside the folder of the data set.*--allow-outside"):
        read_dataset(table)
    assert len(read_dataset(table, check=False, allow_outside=True)) == 1


def test_a_split_that_leads_outside_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="outside the folder of the data set"):
        read_dataset(outside_table(folder, "splits", ""))


@pytest.mark.parametrize("form", ["a.png", "./a.png", "x/../a.png", "absolute"])
def test_files_inside_are_read_in_any_form(folder: Path, form: str) -> None:
    (folder / "x").mkdir()
    name = str(folder / "a.png") if form == "absolute" else form
    assert len(read_dataset(outside_table(folder, "labels", name))) == 1


def test_a_link_inside_may_lead_anywhere(folder: Path) -> None:
    (folder / "link.png").symlink_to(folder.parent / "b.png")
    assert len(read_dataset(outside_table(folder, "labels", "link.png"))) == 1


def test_a_mask_of_no_numbers_is_an_error(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(tmp_path / "m.tif")
    with pytest.raises(DataError, match="not all finite"):
        read_mask_levels(tmp_path / "m.tif")


@pytest.mark.parametrize("ending", ["jpg", "tif", "png"])
def test_the_size_is_that_displayed(tmp_path: Path, ending: str) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / f"a.{ending}", exif=tags)
    assert read_size(tmp_path / f"a.{ending}") == (40, 30)
