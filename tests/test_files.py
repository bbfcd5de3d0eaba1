"""Files appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from inpaintscan.files import replacing, sha256_of, temporary_name, write_bytes, write_text


def test_a_file_and_its_folders_appear(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "één\r\n")
    assert path.read_bytes() == "één\r\n".encode()
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["c.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_after_an_error_all_is_as_it_was(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")

    def write() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half of the new")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_temporary_names_are_hidden_apart_and_never_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120 + ".png")  # 244 bytes
    names = {temporary_name(path) for _ in range(3)}
    assert len(names) == 3
    for name in names:
        assert name.parent == tmp_path
        assert name.match(".*.tmp")
        assert len(name.name.encode()) < 200
    write_bytes(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_text_may_hold_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", '{"é": "bad\udcff.png"}')
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"é": "bad\udcff.png"}


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"content")
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"content").hexdigest()
