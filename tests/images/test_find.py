"""Which files a scan takes, in which order, under which name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePath
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.errors import UsageError
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile, find_images, in_shard


def names(found: object) -> list[str]:
    assert isinstance(found, list)
    return [item.name if isinstance(item, ImageFile) else f"error {item.path}" for item in found]


def test_a_directory_is_walked_in_the_order_of_names(photo_folder: Path) -> None:
    found = list(find_images([photo_folder]))
    assert names(found) == [
        f"{photo_folder}/{name}"
        for name in ["a/chelsea.png", "a/coffee.png", "b/c/china.jpg", "rocket.jpg"]
    ]
    first = found[0]
    assert isinstance(first, ImageFile)
    assert first.relative == PurePath("a/chelsea.png")
    assert first.path == photo_folder / "a/chelsea.png"
    assert not first.named


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ("album", "album/a/chelsea.png"),
        ("album/", "album/a/chelsea.png"),
        ("./album", "./album/a/chelsea.png"),  # as given
        ("album/a/chelsea.png", "album/a/chelsea.png"),
        (".", "album/a/chelsea.png"),  # as other tools print what is below the working folder
    ],
)
def test_names_are_as_given(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch, given: str, first: str
) -> None:
    monkeypatch.chdir(photo_folder.parent)
    assert names(list(find_images([given])))[0] == first


def test_what_is_no_image_is_skipped_and_counted(photo_folder: Path) -> None:
    skipped: list[tuple[str, str]] = []
    list(find_images([photo_folder], on_skip=lambda path, why: skipped.append((path.name, why))))
    assert sorted(skipped) == [("._chelsea.png", "not an image"), ("notes.txt", "not an image")]


def test_a_file_given_is_taken_whatever_it_is(photo_folder: Path) -> None:
    found = list(find_images([photo_folder / "notes.txt", photo_folder / "absent.jpg"]))
    assert [isinstance(item, ImageFile) and item.named for item in found] == [True, True]


def test_an_image_without_an_image_ending_is_found(photo_folder: Path) -> None:
    shutil.copy(photo_folder / "rocket.jpg", photo_folder / "a" / "download")
    shutil.copy(photo_folder / "a/coffee.png", photo_folder / "a" / "cache.tmp")
    (photo_folder / "a" / "movie.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(20))
    assert [PurePath(name).name for name in names(list(find_images([photo_folder / "a"])))] == [
        "cache.tmp",
        "chelsea.png",
        "coffee.png",
        "download",
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["*.png"], [], ["a/chelsea.png", "a/coffee.png"]),
        (["*.png", "china*"], [], ["a/chelsea.png", "a/coffee.png", "b/c/china.jpg"]),
        ([], ["*.png"], ["b/c/china.jpg", "rocket.jpg"]),
        ([], ["b/"], ["a/chelsea.png", "a/coffee.png", "rocket.jpg"]),  # all in a folder
        (["a/*"], ["coffee.*"], ["a/chelsea.png"]),  # exclude is stronger
        (["/rocket.jpg"], [], ["rocket.jpg"]),  # a leading slash: only at the top
        (["b/**"], [], ["b/c/china.jpg"]),
        (["*.gif"], [], []),
    ],
)
def test_include_and_exclude(
    photo_folder: Path, include: list[str], exclude: list[str], expected: list[str]
) -> None:
    found = find_images([photo_folder], include=include, exclude=exclude)
    assert names(list(found)) == [f"{photo_folder}/{name}" for name in expected]


def test_globs_hold_for_files_given_too(photo_folder: Path) -> None:
    skipped: list[str] = []
    found = find_images(
        [photo_folder / "rocket.jpg"], exclude=["*.jpg"], on_skip=lambda _, why: skipped.append(why)
    )
    assert list(found) == []
    assert skipped == ["excluded"]


def test_an_unreadable_directory_is_an_error_in_its_place(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def guarded(path: Path) -> object:
        return refuse() if Path(path).name == "b" else scandir(path)

    def refuse() -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", guarded)
    found = list(find_images([photo_folder]))
    assert names(found)[2] == f"error {photo_folder}/b"
    error = found[2]
    assert isinstance(error, Finding)
    assert (error.verdict, error.error) == (
        "error",
        "cannot read the directory: Permission denied",
    )
    assert len(found) == 4


def test_loops_of_links_end(photo_folder: Path) -> None:
    (photo_folder / "b" / "up").symlink_to(photo_folder)
    (photo_folder / "b" / "self").symlink_to("self")
    (photo_folder / "z").symlink_to(photo_folder / "a")  # met under its own name already
    assert len(list(find_images([photo_folder]))) == 4


def test_a_link_out_of_the_directory_is_followed(photo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one").symlink_to(photo_folder / "a")
    (tmp_path / "links" / "two").symlink_to(photo_folder / "a")  # the same once more
    (tmp_path / "links" / "photo.jpg").symlink_to(photo_folder / "rocket.jpg")
    (tmp_path / "links" / "dangling.jpg").symlink_to(photo_folder / "absent.jpg")
    found = names(list(find_images([tmp_path / "links"])))
    assert [name.removeprefix(f"{tmp_path}/links/") for name in found] == [
        "dangling.jpg",  # reading it will say why not
        "one/chelsea.png",
        "one/coffee.png",
        "photo.jpg",
    ]


def test_an_undecodable_name_is_escaped_in_records(photo_folder: Path) -> None:
    raw = os.fsencode(photo_folder) + b"/\xff\xfe.jpg"
    shutil.copy(photo_folder / "rocket.jpg", os.fsdecode(raw))
    found = list(find_images([photo_folder], include=["*.jpg"]))[-1]
    assert isinstance(found, ImageFile)
    assert found.name == f"{photo_folder}/\\xff\\xfe.jpg"
    assert found.path.read_bytes()[:2] == b"\xff\xd8"


def test_a_broken_glob_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--exclude: not a valid glob"):
        find_images([], exclude=["!"])


@given(st.lists(st.text(min_size=1), unique=True), st.integers(1, 7))
def test_shards_part_the_names(paths: list[str], count: int) -> None:
    for path in paths:
        assert sum(in_shard(path, (i + 1, count)) for i in range(count)) == 1


def test_finding_is_lazy(photo_folder: Path) -> None:
    def endless() -> object:
        while True:
            yield photo_folder / "rocket.jpg"

    found = find_images(endless())  # type: ignore[arg-type]
    assert [next(found) for _ in range(3)]
