from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.errors import UsageError
from inpaintscan.jobs import inputs
from inpaintscan.jobs.inputs import split_paths
from tests.cli.conftest import Command, write_image
from tests.cli.fake import FakeScanner


@pytest.mark.parametrize(
    ("text", "null", "paths"),
    [
        (b"a.jpg\nb c.jpg\n", False, ["a.jpg", "b c.jpg"]),
        (b"a.jpg\r\nb.jpg", False, ["a.jpg", "b.jpg"]),  # a list from Windows, no end of line
        (b"\n\na.jpg\n\n", False, ["a.jpg"]),
        (b"a\nb.jpg\0c.jpg\0", True, ["a\nb.jpg", "c.jpg"]),  # a newline in a name
        (b" a.jpg \n", False, [" a.jpg "]),  # blanks belong to names
        (b"", False, []),
    ],
)
def test_lists_of_paths(text: bytes, null: bool, paths: list[str]) -> None:
    assert split_paths(text, null=null) == paths


@given(st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name)))
def test_null_separated_names_survive_whatever_they_hold(names: list[bytes]) -> None:
    paths = split_paths(b"".join(name + b"\0" for name in names), null=True)
    assert [os.fsencode(path) for path in paths] == names


def paths_of(out: str) -> list[str]:
    return [line.split("\t")[2] for line in out.splitlines()]


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("option", [["-"], ["--files-from", "-"]])
def test_paths_from_standard_input(
    run: Command, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    feed(monkeypatch, b"pics/sub\npics/clean.jpg\n")
    assert paths_of(run("detect", *option).out) == [
        "pics/sub/generated.png",
        "pics/sub/unsure.webp",
        "pics/clean.jpg",
    ]


def test_nothing_on_standard_input_is_nothing_to_do(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `git diff --name-only | inpaintscan detect -` gives where nothing changed."""
    feed(monkeypatch, b"")
    result = run("detect", "-")
    assert (result.status, result.out) == (0, "")
    assert "0 images" in result.err


def test_null_separated_paths(run: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(home / "odd\nname.png")
    feed(monkeypatch, b"odd\nname.png\0pics/clean.jpg\0")
    assert paths_of(run("detect", "-0", "-").out) == ["odd\\x0aname.png", "pics/clean.jpg"]


def test_paths_and_a_list_together(run: Command, home: Path) -> None:
    (home / "list.txt").write_text("pics/inpainted.png\n")
    result = run("detect", "pics/clean.jpg", "--files-from", "list.txt")
    assert paths_of(result.out) == ["pics/clean.jpg", "pics/inpainted.png"]


def test_include_exclude_and_ignore_file(run: Command, home: Path) -> None:
    assert paths_of(run("detect", "pics", "--include", "*.png").out) == [
        "pics/inpainted.png",
        "pics/sub/generated.png",
    ]
    assert paths_of(run("detect", "pics", "--exclude", "sub/").out) == [
        "pics/clean.jpg",
        "pics/inpainted.png",
    ]
    (home / "pics" / ".inpaintscanignore").write_text("*.webp\nclean*\n")
    assert paths_of(run("detect", "pics").out) == ["pics/inpainted.png", "pics/sub/generated.png"]


def test_undecodable_name_is_read_and_shown(run: Command, home: Path) -> None:
    raw = os.fsencode(home / "pics") + b"/inpainted\xff.png"
    Path(os.fsdecode(raw)).write_bytes((home / "pics/inpainted.png").read_bytes())
    for name in ("plain", "json", "jsonl", "csv", "github"):
        result = run("detect", "pics", "--format", name)
        assert result.status == 1
        assert "pics/inpainted\\" in result.out


def test_frames_of_an_animation(run: Command, home: Path) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    frames[0].save(home / "clip.gif", save_all=True, append_images=frames[1:])
    assert len(run("detect", "clip.gif").out.splitlines()) == 1
    assert len(run("detect", "clip.gif", "pics", "--frames", "all").out.splitlines()) == 7


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_lists_of_windows_are_read(run: Command, home: Path, encoding: str) -> None:
    (home / "pics/clean.jpg").rename(home / "pics/clean ä.jpg")
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    text = f"{mark}pics/clean ä.jpg\r\npics/inpainted.png\r\n"
    (home / "list.txt").write_bytes(text.encode(encoding))
    result = run("detect", "--files-from", "list.txt")
    assert [line.split("\t")[2] for line in result.out.splitlines()] == [
        "pics/clean ä.jpg",
        "pics/inpainted.png",
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_lists_in_wide_letters_without_a_mark_are_read(encoding: str) -> None:
    text = "fotos/ä.jpg\r\nb.png\r\n".encode(encoding)
    assert split_paths(text, null=False) == ["fotos/ä.jpg", "b.png"]


@pytest.mark.parametrize(
    "text", [b"a.jpg\0b.jpg\0", b"a\0" * 9 + b"\0\0", bytes(40), b"P6\nP7.jpg\n"]
)
def test_other_zeros_and_short_words_are_taken_as_they_are(text: bytes) -> None:
    lines = [line for line in text.decode().split("\n") if line]
    assert split_paths(text, null=False) == lines


@pytest.mark.parametrize("text", [b"\n" * 1024, b"<?xml?>" + b" " * 1024, b"P6" + b" " * 1024])
def test_a_list_of_blanks_takes_no_time(text: bytes) -> None:
    started = time.process_time()
    split_paths(text, null=False)
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "beginning",
    [
        b"\0\0\1\0\1\0\x10\x10",
        b"icns\0\0\1\0",
        b"DDS \x7c\0\0\0",
        b"v/1\1\2\0\0\0",
        b"qoif\0\0\0\x10",
        b"P6\n64 64\n255\n",
        b"P4 # a comment\n 8 8\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"#?RADIANCE\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'>\n",
        b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg>\n',
        b"II+\0\x08\0\0\0",
        b"MM\0+\0\x08\0\0",
        b"\xff\x0a\xfa\x1f",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"8BPS\0\1\0\0",
        b"%PDF-1.7\n",
        b"FUJIFILMCCD-RAW 0201\0",
    ],
)
def test_a_picture_that_is_not_read_is_no_list_either(beginning: bytes) -> None:
    with pytest.raises(UsageError, match="the bytes of an image"):
        split_paths(beginning + b"\n" * 40, null=False)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_list_without_end_is_not_read(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_MOST_BYTES", 1 << 20)
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(endless))
        for arguments in (("--files-from", "/dev/zero"), ("-",)):
            result = run("detect", *arguments)
            assert result.status == 2
            assert "a list of over 1 MiB is not read" in result.err


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "webp", "tif", "bmp", "avif"])
def test_an_image_is_no_list(run: Command, home: Path, ending: str) -> None:
    write_image(home / f"photo.{ending}")
    result = run("detect", "--files-from", f"photo.{ending}")
    assert result.status == 2
    assert "the bytes of an image, not a list of paths" in result.err
    assert len(result.err.splitlines()) == 1


def test_an_unreadable_path_is_said_before_the_model_loads(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def load(*_: object, **__: object) -> FakeScanner:
        said.append(sys.stderr.getvalue())  # type: ignore[attr-defined]
        return FakeScanner()

    monkeypatch.setattr("inpaintscan.scan.load", load)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    run("detect", "absent.jpg", "pics")
    assert "absent.jpg: No such file or directory" in said[0]
    assert sys.stderr.getvalue().count("absent.jpg") == 1  # type: ignore[attr-defined]
