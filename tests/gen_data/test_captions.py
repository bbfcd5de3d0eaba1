from __future__ import annotations

import json
from pathlib import Path

import pytest

from inpaintscan.errors import DataError
from inpaintscan.gen_data.captions import find_captions
from inpaintscan.gen_data.photos import find_photos
from inpaintscan.gen_data.settings import Choice, Settings

SETTINGS = Settings(methods=(Choice("patchmatch"),))


def test_a_csv_names_photos_by_path_name_or_stem(source: Path, tmp_path: Path) -> None:
    table = tmp_path / "captions.csv"
    table.write_text(
        "file_name,caption\na/one.jpg,a face\nfour.jpg,a cup\nfour.jpg, coffee \nthree,wood\n"
    )
    assert find_captions(find_photos(source, SETTINGS), table) == {
        "a/one.jpg": ("a face",),
        "b/four.jpg": ("a cup", "coffee"),
        "b/three.webp": ("wood",),
    }


def test_coco_captions_are_read(source: Path, tmp_path: Path) -> None:
    table = tmp_path / "captions.json"
    content = {
        "images": [{"id": 5, "file_name": "one.jpg"}],
        "annotations": [
            {"image_id": 5, "caption": "A woman."},
            {"image_id": 5, "caption": "A suit."},
        ],
    }
    table.write_text(json.dumps(content))
    found = find_captions(find_photos(source, SETTINGS), table)
    assert found == {"a/one.jpg": ("A woman.", "A suit.")}


def test_a_text_file_beside_the_photo_is_its_caption(source: Path) -> None:
    (source / "b" / "four.txt").write_text("a cup of coffee\n\n on a table \n")
    found = find_captions(find_photos(source, SETTINGS), None)
    assert found == {"b/four.jpg": ("a cup of coffee", "on a table")}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("c.csv", "a,b\n1,2\n", "needs a column of image"),
        ("c.csv", "image,caption\na.jpg,x\nb.jpg\n", r"c\.csv: line 3: has fewer columns"),
        ("c.json", "{", "not a COCO captions JSON"),
        ("c.json", '{"images": 3}', "not a COCO captions JSON"),
    ],
)
def test_other_files_are_refused(
    source: Path, tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=says):
        find_captions(find_photos(source, SETTINGS), tmp_path / name)


def test_a_missing_table_is_an_error(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read captions"):
        find_captions(find_photos(source, SETTINGS), tmp_path / "none.csv")
