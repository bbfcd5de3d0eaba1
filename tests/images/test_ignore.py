"""`.inpaintscanignore` follows git's rules."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (b"[z-a]\nrocket.jpg\n", "line 1: not a pattern, ignored: the range z-a runs backwards"),
        (b"\xff\xfe\x00[\nrocket.jpg\n", "line 1: not a pattern"),
        (b"x[\n" * 9 + b"rocket.jpg", "6 more lines that are no patterns"),
        (b"#\n" * 200_000 + b"a/", "only the first 256 KiB of it count"),
        (b"x\n" * 6000, "only its first 5,000 patterns count"),
    ],
)
def test_a_bad_ignore_file_is_a_warning_and_the_rest_of_it_counts(
    photo_folder: Path, content: bytes, warning: str
) -> None:
    (photo_folder / ".inpaintscanignore").write_bytes(content)
    warnings: list[str] = []
    found = list(find_images([photo_folder], on_warning=warnings.append))
    assert warning in warnings[-1]
    assert (photo_folder / "rocket.jpg" in {file.path for file in found}) is (
        b"rocket" not in content
    )


def test_an_ignore_file_that_cannot_be_read_is_a_warning(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (photo_folder / ".inpaintscanignore").write_text("*")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.warns(UserWarning, match="cannot read the ignore file: Permission denied"):
        assert len(list(find_images([photo_folder]))) == 4


def test_a_byte_order_mark_and_line_ends_of_windows(photo_folder: Path) -> None:
    (photo_folder / ".inpaintscanignore").write_bytes(b"\xef\xbb\xbfa/\r\nb/\r\n")
    assert scan(photo_folder) == ["rocket.jpg"]


def test_undecodable_names_can_be_ignored(photo_folder: Path) -> None:
    raw = os.fsencode(photo_folder) + b"/bad\xff.jpg"
    Path(os.fsdecode(raw)).write_bytes(b"\xff\xd8\xff")
    (photo_folder / ".inpaintscanignore").write_bytes(b"bad\xff.jpg\n")
    assert scan(photo_folder) == ALL
