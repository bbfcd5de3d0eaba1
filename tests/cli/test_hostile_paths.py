"""No name, no path and no folder stops a scan or gets another's result."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Command, write_image


def records(name: str = "r.json") -> list[dict[str, object]]:
    images: list[dict[str, object]] = json.loads(Path(name).read_text())["images"]
    return images


@pytest.mark.parametrize("length", [237, 241, 251, 255])
@pytest.mark.parametrize("letter", ["x", "é", "写"])
def test_long_names_get_masks(run: Command, home: Path, length: int, letter: str) -> None:
    ending = ".gif"
    room = length - len(ending)
    stem = letter * (room // len(letter.encode()))
    stem += "y" * (room - len(stem.encode()))
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green")]
    frames[0].save(home / f"pics/{stem}{ending}", save_all=True, append_images=frames[1:])
    write_image(home / f"pics/{stem[:-1]}z{ending}")
    more = ["--heatmap", "--overlay", "--frames", "all", "--report", "r.json"]
    result = run("segment", "pics", "-o", "out", *more)
    assert result.status == 1, result.err
    masks = [record["mask"] for record in records()]
    assert len(set(masks)) == len(masks) == 7
    assert all(Path(str(mask)).is_file() for mask in masks)


def test_names_of_one_display_form_keep_their_masks(run: Command, home: Path) -> None:
    """The byte 0xff, and a name that spells it: each gets its own record and mask."""
    sizes = {b"bad\xff.png": (20, 30), rb"bad\xff.png": (40, 50), rb"bad\\xff.png": (60, 70)}
    for name, size in sizes.items():
        path = Path(os.fsdecode(os.fsencode(home) + b"/same/" + name))
        write_image(path, size=size)
    run("segment", "same", "-o", "out", "--report", "r.json")
    found = {str(record["path"]): (record["width"], record["height"]) for record in records()}
    assert sorted(found.values()) == sorted(sizes.values())
    assert len({record["mask"] for record in records()}) == 3
    for name, size in sizes.items():
        with Image.open(os.fsdecode(b"out/mask/" + name)) as mask:
            assert mask.size == size


@pytest.mark.parametrize(
    "path",
    [
        "q" * 300 + ".jpg",
        "q/" * 3000 + "a.jpg",
        "pics/clean.jpg/below.jpg",
        "missing.jpg",
        "~" * 256,
    ],
)
@pytest.mark.parametrize("command", [["detect"], ["segment", "-o", "out"]])
def test_an_impossible_path_is_a_record_with_an_error(
    run: Command, path: str, command: list[str]
) -> None:
    result = run(*command, path, "pics/inpainted.png", "--report", "r.json")
    assert result.status == 2
    first, second = records()
    assert first["verdict"] == "error"
    assert "cannot read: " in str(first["error"])
    assert second["verdict"] == "inpainted"


@pytest.mark.parametrize("command", [["detect"], ["segment", "-o", "out"]])
def test_a_path_of_very_many_parts_takes_no_time(
    run: Command, home: Path, command: list[str]
) -> None:
    (home / "list").write_text("a/" * 200_000 + "\npics/inpainted.png\n")
    started = time.process_time()
    result = run(*command, "--files-from", "list", "--report", "r.json", "--report", "r.sarif")
    assert time.process_time() - started < 3
    assert result.status == 2
    assert [record["verdict"] for record in records()] == ["error", "inpainted"]


@pytest.mark.parametrize(
    "command", [["segment", "-o", "o" * 250], ["localize", "--heatmap", f"{'h' * 125}/{'h' * 125}"]]
)
def test_an_output_path_too_long_is_a_reason(run: Command, home: Path, command: list[str]) -> None:
    deep = home.joinpath("in", *["q" * 250] * 15).relative_to(home)
    write_image(deep / f"{'y' * 120}-inpainted.png")
    write_image(Path("in/clean.png"))
    result = run(*command, "in", "--report", "r.json")
    assert result.status == 2
    first, second = records()
    assert (first["verdict"], first["reasons"]) == ("clean", [])
    assert second["error"] is None
    assert "not written: " in str(second["reasons"])
    assert "File name too long" in str(second["reasons"])


def test_a_list_of_random_bytes_is_a_list_of_errors(run: Command, home: Path) -> None:
    noise = random.Random(13).randbytes(20_000)  # noqa: S311 (no secret)
    (home / "list").write_bytes(noise + b"\npics/inpainted.png\n")
    result = run("segment", "-o", "out", "--files-from", "list", "--report", "r.json")
    assert result.status == 2
    found = records()
    assert {record["verdict"] for record in found[:-1]} == {"error"}
    assert found[-1]["verdict"] == "inpainted"
    assert all("damaged" not in str(record["error"]) for record in found)


@pytest.mark.parametrize("command", [["detect"], ["segment", "-o", "out"]])
def test_a_folder_that_cannot_be_entered_is_errors(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Mode 444: its names can be listed, nothing in it can be looked up."""
    write_image(home / "pics/a_locked/one.jpg")
    write_image(home / "pics/a_locked/below/two.jpg")
    (home / "pics/a_locked/notes.txt").write_text("no image")
    locked = "pics/a_locked/"
    stat, open_file, scandir = Path.stat, os.open, os.scandir

    def refuse(path: object) -> None:
        if locked in f"{path}":
            raise PermissionError(13, "Permission denied", str(path))

    def guarded_stat(path: Path, **more: bool) -> os.stat_result:
        refuse(path)
        return stat(path, **more)

    def guarded_open(path: str, *more: int) -> int:
        refuse(path)
        return open_file(path, *more)

    def guarded_scandir(path: Path) -> object:
        refuse(path)
        return scandir(path)

    monkeypatch.setattr(Path, "stat", guarded_stat)
    monkeypatch.setattr(os, "open", guarded_open)
    monkeypatch.setattr(os, "scandir", guarded_scandir)
    result = run(*command, "pics", "--report", "r.json")
    assert result.status == 2
    errors = {str(record["path"]): record["error"] for record in records() if record["error"]}
    assert errors == {
        "pics/a_locked/below": "cannot read the directory: Permission denied",
        "pics/a_locked/one.jpg": "pics/a_locked/one.jpg: cannot read: Permission denied",
    }
    assert len(records()) == 6


def test_folders_deeper_than_calls_may_nest(run: Command, home: Path) -> None:
    os.chdir(home / "pics")
    try:
        for _ in range(700):
            Path("d").mkdir()
            os.chdir("d")
        shutil.copy(home / "pics/inpainted.png", "inpainted.png")
        os.chdir(home)
        assert run("detect", "pics/d", "--report", "r.json").status == 1
        assert [record["verdict"] for record in records()] == ["inpainted"]
    finally:
        os.chdir(home)


def test_a_bad_ignore_file_does_not_end_a_scan(run: Command, home: Path) -> None:
    (home / "pics/.inpaintscanignore").write_text("[z-a]\n" + "*a" * 14 + "b\nclean*\n")
    result = run("detect", "pics", "--report", "r.json")
    assert result.status == 1
    assert "pics/.inpaintscanignore, line 1: not a pattern, ignored" in result.err
    assert len(records()) == 3


@pytest.mark.parametrize("option", ["--exclude", "--include"])
def test_a_glob_that_is_none_is_one_line(run: Command, option: str) -> None:
    result = run("detect", "pics", option, "[z-a]")
    assert (result.status, result.out) == (2, "")
    reason = "not a valid glob: [z-a] (the range z-a runs backwards)"
    assert result.err == f"inpaintscan: {option}: {reason}\n"


def test_a_picture_that_cannot_be_written_is_a_reason_and_2(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **_more: object) -> None:
        raise MemoryError

    monkeypatch.setattr("inpaintscan.jobs.overlay.draw_overlay", fail)
    result = run("segment", "pics", "-o", "out", "--overlay", "--report", "r.json")
    assert result.status == 2
    assert [record["reasons"][-1:] for record in records()] == [  # type: ignore[index]
        ["overlay not written: MemoryError"]
    ] * 4
    assert all(record["mask"] and record["overlay"] is None for record in records())
    assert "pics/inpainted.png: overlay not written: MemoryError" in result.err


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "sarif", "html", "xml"])
def test_no_name_keeps_a_report_from_being_written(run: Command, home: Path, ending: str) -> None:
    names = [
        b"\x01\x1b[31m",
        b"\xff\xfe",
        "\u2028\x85\u202e".encode(),
        b"\xef\xbf\xbe",
        b"=1+1",
        b"a\nb",
    ]
    for name in names:
        write_image(Path(os.fsdecode(os.fsencode(home) + b"/odd/inpainted" + name + b".png")))
    result = run("detect", "odd", "--report", f"all.{ending}", "--report", "r.json")
    assert result.status == 1, result.err
    assert len(records()) == len(names)
    assert Path(f"all.{ending}").stat().st_size > 0


def test_strict_and_max_pixels(run: Command, home: Path) -> None:
    cut = (home / "pics/clean.jpg").read_bytes()[:-2]
    (home / "cut.jpg").write_bytes(cut)
    assert run("detect", "cut.jpg", "--cache", "kept").status == 0
    result = run("detect", "cut.jpg", "--cache", "kept", "--strict")
    assert result.status == 2
    assert "the file is cut off at its end (refused by --strict)" in result.err
    assert run("detect", "pics/clean.jpg", "--max-pixels", "1536").status == 0
    result = run("detect", "pics/clean.jpg", "--max-pixels", "1535")
    assert result.status == 2
    assert "--max-pixels raises it" in result.err


@pytest.mark.parametrize("value", ["0", "-1", "M", "1.5M", "2001M", "99999999999", "x", "٣"])
def test_max_pixels_that_is_none(run: Command, value: str) -> None:
    result = run("detect", "pics", f"--max-pixels={value}")
    assert result.status == 2
    assert result.err.startswith(f"inpaintscan: --max-pixels {value}: write a number of pixels")


@pytest.mark.parametrize(
    ("value", "pixels"), [("400M", 400_000_000), ("12mp", 12_000_000), ("7", 7)]
)
def test_max_pixels(value: str, pixels: int) -> None:
    from inpaintscan.jobs.scan_options import read_max_pixels

    assert read_max_pixels(value) == pixels


def test_masks_of_long_names_differ(run: Command, home: Path) -> None:
    for word, size in (("a", (16, 16)), ("b", (24, 24))):
        write_image(home / f"long/{'inpainted' + 'x' * 240}{word}.png", size=size)
    run("segment", "long", "-o", "out", "--report", "r.json")
    shapes = []
    for record in records():
        with Image.open(str(record["mask"])) as mask:
            shapes.append(np.asarray(mask).shape)
    assert shapes == [(16, 16), (24, 24)]
