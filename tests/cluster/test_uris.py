"""URIs: what is shown of them, how images behind them are found and fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.cluster.spool import Spool
from inpaintscan.cluster.uris import RemoteFile, _secrets, fetch_all, find_uri, is_uri, shown_uri
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile, find_images
from inpaintscan.images.find import SHEET_REASON
from inpaintscan.images.ignore import to_globs
from tests.cluster.conftest import write_photos
from tests.cluster.s3 import small_s3, uri

ALL = to_globs((), ())


def found(text: str, include: tuple[str, ...] = ()) -> tuple[list[ImageFile | Finding], list[str]]:
    """The items behind a URI, and what was left out."""
    left_out: list[str] = []
    items = find_uri(text, to_globs(include, ()), lambda path, why: left_out.append(why))
    return list(items), left_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/a.jpg", True),
        ("gs://bucket", True),
        ("file:///tmp/a.jpg", True),
        ("photos/a.jpg", False),
        ("C:\\photos\\a.jpg", False),
        ("C://photos", False),  # a drive
        ("-", False),
        ("a b://c", False),
    ],
)
def test_what_is_a_uri(text: str, expected: bool) -> None:
    assert is_uri(text) is expected


@pytest.mark.parametrize(
    ("uri", "shown", "secrets"),
    [
        ("s3://bucket/a/b.jpg", "s3://bucket/a/b.jpg", []),
        ("s3://bucket/a/?region=eu-1", "s3://bucket/a", []),
        (
            "s3://AKIA1:p%2Fw%40d@bucket/a?scheme=http",
            "s3://bucket/a",
            ["AKIA1:p%2Fw%40d", "AKIA1:p/w@d", "p%2Fw%40d", "AKIA1", "p/w@d"],
        ),
        ("az://c/a?sas_token=sv123&x=1", "az://c/a", ["sv123"]),
        ("hdfs://host:8020/a", "hdfs://host:8020/a", []),
        ("file:///a/b", "file:///a/b", []),
        ("photos/a@b?c/", "photos/a@b?c/", []),  # a path
    ],
)
def test_what_is_shown_of_a_uri(uri: str, shown: str, secrets: list[str]) -> None:
    assert shown_uri(uri) == shown
    assert sorted(_secrets(uri)) == sorted(secrets)


def test_a_folder_behind_a_uri_is_found_like_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    folder = write_photos(tmp_path / "my photos", 9)
    (folder / "labels.csv").write_text("image_id,split,kind\n")
    (folder / "contact-sheet.jpg").write_bytes(b"made of the others")
    items, left_out = found(f"file://{folder}")
    local = list(find_images([folder]))
    assert [item.name for item in items if isinstance(item, RemoteFile)] == [
        f"file://{item.name}" for item in local if isinstance(item, ImageFile)
    ]
    assert left_out == [SHEET_REASON, "not an image"]
    chosen, left_out = found(f"file://{folder}", include=("a/*",))
    assert {str(item.relative.parent) for item in chosen if isinstance(item, ImageFile)} == {"a"}
    assert left_out.count("excluded") == 7


def test_what_is_not_there_is_an_error_in_its_place(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (item,), _ = found(f"file://{tmp_path}/none.jpg")
    assert isinstance(item, Finding)
    assert item.error == "there is no such file or folder"
    (item,), _ = found("quatsch://bucket/a.jpg")
    assert isinstance(item, Finding)
    assert "quatsch" in str(item.error)


def test_fetching_keeps_order_and_says_what_failed(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    folder = write_photos(tmp_path / "photos", 5)
    files = [item for item in found(f"file://{folder}")[0] if isinstance(item, RemoteFile)]
    Path(files[2].key).unlink()
    target = tmp_path / "here"
    target.mkdir()
    copies = fetch_all(files, target)
    assert isinstance(copies[2], Finding)
    assert copies[2].path == files[2].name
    assert str(copies[2].error).startswith("cannot read: ")
    for file, copy in zip(files, copies, strict=True):
        if isinstance(copy, ImageFile):
            assert copy.name == file.name
            assert copy.path.read_bytes() == Path(file.key).read_bytes()


def test_a_bucket_is_read_with_the_right_keys_and_no_key_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    objects = {"p/a.jpg": b"one", "p/b/c d.png": b"two", "p/notes.txt": b"", "q/z.jpg": b"no"}
    with small_s3(objects) as port:
        items, _ = found(uri(port, "p"))
        assert [item.name for item in items if isinstance(item, RemoteFile)] == [
            "s3://bucket/p/a.jpg",
            "s3://bucket/p/b/c d.png",
        ]
        copies = fetch_all([item for item in items if isinstance(item, ImageFile)], tmp_path)
        contents = [copy.path.read_bytes() for copy in copies if isinstance(copy, ImageFile)]
        assert contents == [b"one", b"two"]
        (refused,), _ = found(uri(port, "p", user="AKIAWRONG:very-secret-word"))
    assert isinstance(refused, Finding)
    assert refused.path == "s3://bucket/p"
    assert "ACCESS_DENIED" in str(refused.error)
    assert "AKIAWRONG" not in str(refused)
    assert "very-secret-word" not in str(refused)


def test_the_spool_gives_back_what_went_in(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos", 3)
    items: list[ImageFile | Finding] = [*find_images([folder, "none\udcff.jpg"])]
    items.append(Finding("broken", "error", error="cannot read the directory"))
    items.append(
        RemoteFile(
            Path("s3://b/a.jpg"),
            "s3://b/a.jpg",
            Path("a.jpg"),
            False,
            root="s3://u:p@b",
            key="b/a.jpg",
        )
    )
    spool = Spool(iter(items))
    assert len(spool) == len(items)
    assert list(spool) == items
    assert [a for pair in zip(spool, spool, strict=True) for a in pair][::2] == items
