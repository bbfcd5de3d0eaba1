"""`.inpaintscanignore` follows git's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.images import ImageFile, find_images

ALL = ["a/chelsea.png", "a/coffee.png", "b/c/china.jpg", "rocket.jpg"]
CASES = [
    # ignore files by folder, what is left
    ({"": "*.png"}, ["b/c/china.jpg", "rocket.jpg"]),
    ({"": "# comment\n\n*.png\n!coffee.png"}, ["a/coffee.png", "b/c/china.jpg", "rocket.jpg"]),
    ({"": "/b/"}, ["a/chelsea.png", "a/coffee.png", "rocket.jpg"]),
    ({"": "c/"}, ["a/chelsea.png", "a/coffee.png", "rocket.jpg"]),  # at any depth
    ({"": "/c/"}, ALL),  # only at the top, where there is none
    ({"a": "coffee.png"}, ["a/chelsea.png", "b/c/china.jpg", "rocket.jpg"]),
    ({"a": "rocket.jpg"}, ALL),  # holds only below its folder
    ({"": "*.png", "a": "!coffee.png"}, ["a/coffee.png", "b/c/china.jpg", "rocket.jpg"]),
    ({"": "b/", "b": "!c/"}, ["a/chelsea.png", "a/coffee.png", "rocket.jpg"]),  # b is not entered
    ({"": "a/*\n!a/coffee.png"}, ["a/coffee.png", "b/c/china.jpg", "rocket.jpg"]),
]


def scan(folder: Path, **options: bool) -> list[str]:
    found = list(find_images([folder], **options))  # type: ignore[arg-type]
    return [item.relative.as_posix() for item in found if isinstance(item, ImageFile)]


@pytest.mark.parametrize(("files", "left"), CASES)
def test_paths_are_left_out_as_git_does(
    photo_folder: Path, files: dict[str, str], left: list[str]
) -> None:
    for folder, text in files.items():
        (photo_folder / folder / ".inpaintscanignore").write_text(text, encoding="utf-8")
    assert scan(photo_folder) == left
    assert scan(photo_folder, ignore_files=False) == ALL


def test_a_file_given_itself_is_not_left_out(photo_folder: Path) -> None:
    (photo_folder / ".inpaintscanignore").write_text("*\n")
    assert scan(photo_folder) == []
    assert scan(photo_folder / "rocket.jpg") == ["rocket.jpg"]


def test_ignored_paths_are_counted(photo_folder: Path) -> None:
    (photo_folder / ".inpaintscanignore").write_text("a/\nrocket.jpg\n")
    ignored: list[str] = []

    def count(path: Path, why: str) -> None:
        if why == "ignored":
            ignored.append(path.name)

    list(find_images([photo_folder], on_skip=count))
    assert ignored == ["a", "rocket.jpg"]
