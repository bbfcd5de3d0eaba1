from __future__ import annotations

from pathlib import Path

import pytest

from inpaintscan.report.uri import to_folder_uri, to_location, to_uri


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("photos/a.jpg", "photos/a.jpg"),
        ("./photos//a.jpg", "photos/a.jpg"),
        ("../a b#c?.jpg", "../a%20b%23c%3F.jpg"),
        ("scheme:a.jpg", "scheme%3Aa.jpg"),  # a colon would make it an absolute URI
        ("/photos/a.jpg", "file:///photos/a.jpg"),
        ("C:\\My photos\\a.jpg", "file:///C:/My%20photos/a.jpg"),
        ("ü\udcff.jpg", "%C3%BC%FF.jpg"),
    ],
)
def test_paths_become_uris(path: str, uri: str) -> None:
    assert to_uri(path) == uri


@pytest.mark.parametrize(
    ("path", "folder", "uri", "is_below"),
    [
        ("photos/a.jpg", "/srv", "photos/a.jpg", True),
        ("/srv/photos/a b.jpg", "/srv", "photos/a%20b.jpg", True),  # detect $PWD
        ("photos/../b.jpg", "/srv", "b.jpg", True),
        ("/srvshop/a.jpg", "/srv", "file:///srvshop/a.jpg", False),
        ("../a.jpg", "/srv/here", "file:///srv/a.jpg", False),
        ("/a.jpg", "/", "a.jpg", True),
        ("scheme:a.jpg", "/srv", "scheme%3Aa.jpg", True),
        ("C:\\repo\\p\\a.jpg", "C:\\repo", "p/a.jpg", True),
        ("C:\\repo\\a.jpg", "/work", "file:///C:/repo/a.jpg", False),  # a report of elsewhere
        ("a.jpg", "", "a.jpg", False),  # no base is known
        (r"bad\xff.jpg", "/srv", "bad%FF.jpg", True),  # as records show the byte
        (r"a\\b\xff.jpg", "/srv", "a%5Cb%FF.jpg", True),
        (r"bad\\xff.jpg", "/srv", "bad%5Cxff.jpg", True),
    ],
)
def test_what_lies_below_the_folder_is_relative(
    path: str, folder: str, uri: str, is_below: bool
) -> None:
    location = to_location(path, folder)
    assert location["uri"] == uri
    assert ("uriBaseId" in location) is is_below


def test_a_link_to_the_folder_counts_as_the_folder(tmp_path: Path) -> None:
    """As with `detect $PWD` where PWD goes through a link."""
    (tmp_path / "repo").mkdir()
    (tmp_path / "link").symlink_to("repo")
    location = to_location(str(tmp_path / "link/a.jpg"), str(tmp_path / "repo"))
    assert location == {"uri": "a.jpg", "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("folder", "uri"),
    [("/", "file:///"), ("/a b", "file:///a%20b/"), ("C:\\repo", "file:///C:/repo/")],
)
def test_a_base_ends_in_a_slash(folder: str, uri: str) -> None:
    assert to_folder_uri(folder) == uri
