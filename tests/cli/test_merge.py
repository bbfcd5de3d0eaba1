from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Command, write_image


@pytest.fixture
def shards(run: Command, home: Path) -> list[str]:
    """Reports of the three parts of a folder of 24 images."""
    for number in range(20):
        word = ("clean", "inpainted", "unsure")[number % 3]
        write_image(home / f"pics/{'sub/' * (number % 2)}{word}{number}.png", number)
    names = [f"part{number}.json" for number in (1, 2, 3)]
    for number, name in enumerate(names, start=1):
        run("detect", "pics", "--shard", f"{number}/3", "--report", name)
    return names


def read(name: str) -> dict[str, object]:
    report: dict[str, object] = json.loads(Path(name).read_text())
    return report


def test_shards_part_the_images(run: Command, shards: list[str]) -> None:
    run("detect", "pics", "--report", "whole.json")
    whole = [record["path"] for record in read("whole.json")["images"]]
    parts = [[record["path"] for record in read(name)["images"]] for name in shards]
    assert all(parts)
    assert sorted(path for part in parts for path in part) == sorted(whole)


def test_merged_report_is_the_report_of_the_whole(run: Command, shards: list[str]) -> None:
    run("detect", "pics", "--report", "whole.json")
    result = run("detect", "--merge", *reversed(shards), "--report", "merged.json")
    assert result.status == 1
    assert "24 images" in result.err
    assert "from 3 reports;" in result.err
    assert "from 1 report;" in run("detect", "--merge", "merged.json").err
    merged, whole = read("merged.json"), read("whole.json")
    assert merged["images"] == whole["images"]
    for field in ("counts", "model", "threshold", "complete"):
        assert merged[field] == whole[field]
    assert merged["started"] == min(read(name)["started"] for name in shards)


@pytest.mark.parametrize("first", [True, False])
def test_a_shard_without_an_image_is_one_like_others(run: Command, home: Path, first: bool) -> None:
    write_image(home / "one/clean.png")
    names = [f"part{number}.json" for number in range(1, 5)]
    for number, name in enumerate(names, start=1):
        run("detect", "one", "--shard", f"{number}/4", "--report", name)
    run("detect", "one", "--report", "whole.json")
    names.sort(key=lambda name: bool(read(name)["images"]), reverse=not first)
    assert run("detect", "--merge", *names, "--report", "merged.json").status == 0
    merged, whole = read("merged.json"), read("whole.json")
    assert merged["images"] == whole["images"]
    assert merged["settings"]["device"] == whole["settings"]["device"]
    run("detect", "one", "--shard", "1/4", "--frames", "all", "--report", names[0])
    result = run("detect", "--merge", *names)
    assert (result.status, "other settings" in result.err) == (2, True)


@pytest.mark.parametrize("ending", ["csv", "sarif", "html", "xml", "jsonl"])
def test_merged_reports_come_in_every_format(run: Command, shards: list[str], ending: str) -> None:
    run("detect", "--merge", *shards, "--report", f"merged.{ending}")
    assert "inpainted1.png" in Path(f"merged.{ending}").read_text()


def test_merging_loads_no_model(run: Command, shards: list[str]) -> None:
    assert run("detect", "--merge", *shards, model="").status == 1


def test_fail_on_and_baseline_apply_to_merged_records(run: Command, shards: list[str]) -> None:
    run("detect", "--merge", *shards, "--report", "all.json")
    assert run("detect", "--merge", *shards, "--baseline", "all.json").status == 0
    assert run("detect", "--merge", *shards, "--fail-on", "generated", "--exit-zero").status == 0


def test_partial_part_makes_a_partial_whole(run: Command, shards: list[str]) -> None:
    part = read(shards[0]) | {"complete": False}
    Path(shards[0]).write_text(json.dumps(part))
    result = run("detect", "--merge", *shards, "--report", "merged.json")
    assert result.status == 2
    assert "partial" in result.err
    assert read("merged.json")["complete"] is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": {"name": "x", "sha256": "0"}}, "another model"),
        ({"threshold": {}}, "another threshold"),
        ({"version": "9"}, "another version"),
        ({"settings": {"device": "x"}}, "other settings"),
        ({"images": [{}]}, "not a record"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(
    run: Command, shards: list[str], change: dict[str, object], words: str
) -> None:
    Path(shards[1]).write_text(json.dumps(read(shards[1]) | change))
    result = run("detect", "--merge", *shards)
    assert result.status == 2
    assert words in result.err
    assert shards[1] in result.err


def test_the_same_part_twice_is_refused(run: Command, shards: list[str]) -> None:
    Path("copy.json").write_bytes(Path(shards[0]).read_bytes())
    for second in ("copy.json", shards[0]):
        result = run("detect", "--merge", shards[0], second)
        assert result.status == 2
        assert f"{second}: pics/" in result.err
        assert f"is in {shards[0]} too" in result.err


def test_a_part_without_report_makes_a_partial_whole(run: Command, shards: list[str]) -> None:
    result = run("detect", "--merge", shards[0], shards[2], "--report", "merged.json")
    assert result.status == 2
    assert "no report of shard 2/3" in result.err
    assert read("merged.json")["complete"] is False


DEEP = "[" * 100_000 + "]" * 100_000
NAN = float("nan")


def change(place: tuple[str | int, ...], value: object) -> str:
    """Write `forged.json`: the first shard's report with another value in one place."""
    report = json.loads(Path("part1.json").read_text())
    inner = report
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    Path("forged.json").write_text(json.dumps(report))
    return "forged.json"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema_version",), "1.0"),
        (("schema_version",), "3.0"),
        (("schema_version",), None),
        (("version",), 5),
        (("command",), []),
        (("command",), "rm"),
        (("model",), "m"),
        (("threshold",), {"inpainted": NAN}),
        (("threshold",), [0.5]),
        (("settings",), None),
        (("settings", "shard"), 5),
        (("settings", "shard"), "0/3"),
        (("settings", "shard"), "9" * 5000),
        (("settings", "shard"), "1/" + "9" * 5000),
        (("settings", "more"), json.loads("[" * 100 + "]" * 100)),
        (("settings", "unsure_thresholds"), {"inpainted": "0.5"}),
        (("settings", "carrier_thresholds"), {"jpeg": 5}),
        (("settings", "carrier_thresholds"), {"jpeg": {"inpainted": "0.5"}}),
        (("case",), ["x"]),
        (("examiner",), {}),
        (("environment",), {"python": 3}),
        (("started",), "yesterday"),
        (("started",), "2026-1-1T0:0:0Z"),
        (("started",), "2026-02-30T00:00:00Z"),
        (("started",), "\u0662\u0660\u0662\u0666-01-01T00:00:00Z"),
        (("finished",), "2026-11-29T08:05:09z"),
        (("finished",), 5),
        (("counts",), None),
        (("counts", "skipped"), "5"),
        (("counts", "skipped"), -1),
        (("skipped",), {}),
        (("skipped",), [{"path": "a.jxl"}]),
        (("skipped",), [{"path": "\ud800", "reason": ""}]),
        (("complete",), "yes"),
        (("images",), None),
        (("images", 0), None),
        (("images", 0, "path"), 5),
        (("images", 0, "path"), "\ud800"),
        (("images", 0, "sha256"), []),
        (("images", 0, "verdict"), "forged"),
        (("images", 0, "verdict"), []),
        (("images", 0, "reasons"), [5]),
        (("images", 0, "scores"), None),
        (("images", 0, "scores"), {"inpainted": None, "generated": 0.5}),
        (("images", 0, "scores"), {"inpainted": NAN, "generated": 0.5}),
        (("images", 0, "area"), 7),
        (("images", 0, "width"), 1e9),
        (("images", 0, "regions"), [{"score": 1, "area": 1, "box": "abcd"}]),
        (("images", 0, "evidence"), [{"kind": 5, "value": []}]),
        (("images", 0, "evidence"), [{"kind": "c2pa", "value": ""}]),
        (("images", 0, "evidence"), [{"kind": "", "value": "", "where": "", "signature": "good"}]),
        (("images", 0, "stated"), "forged"),
        (("images", 0, "stated"), ["generated"]),
        (("images", 0, "known"), None),
        (("images", 0, "frame"), "first"),
    ],
)
def test_a_forged_report_is_one_line_of_error(
    run: Command, shards: list[str], place: tuple[str | int, ...], value: object
) -> None:
    name = change(place, value)
    endings = ("json", "jsonl", "csv", "sarif", "html", "xml")
    for arguments in (
        ["--merge", name, *(f"--report=o.{ending}" for ending in endings)],
        ["pics", "--baseline", name],
    ):
        result = run("detect", *arguments)
        assert "internal error" not in result.err
        if "--merge" in arguments:
            assert result.status == 2
            assert result.err.count("\n") == 1
    assert not list(Path().glob("o.*"))


@pytest.mark.parametrize("name", ["r.json", "r.jsonl", "report"])
@pytest.mark.parametrize(
    "content", ["", "[]", "5", "{}", "{}\n{}", "[1]", '"x"', DEEP, '{"images": ' + DEEP + "}"]
)
def test_what_is_no_report_is_one_line_of_error(run: Command, name: str, content: str) -> None:
    Path(name).write_text(content)
    for arguments in (["--merge", name], ["pics", "--baseline", name]):
        result = run("detect", *arguments)
        assert result.status == 2
        assert result.err.startswith(f"inpaintscan: {name}: not a .json or .jsonl report")
        assert len(result.err.splitlines()) == 1


def test_a_forged_number_of_shards_takes_no_memory(run: Command, shards: list[str]) -> None:
    result = run("detect", "--merge", change(("settings", "shard"), "1/999999999"))
    assert result.status == 2
    assert "no report of shard 2/999999999, 3/999999999" in result.err
    assert "and more: the merged one is partial" in result.err
    assert len(result.err) < 500


def test_the_lines_of_a_scan_that_was_cut_off_are_a_partial_report(
    run: Command, home: Path
) -> None:
    lines = run("detect", "pics", "--format", "jsonl").out.splitlines()
    Path("cut.jsonl").write_text("\n".join(lines[:-1]))  # the totals are missing
    result = run("detect", "--merge", "cut.jsonl")
    assert result.status == 2
    assert "partial" in result.err
    assert "internal" not in result.err


def test_pipes_are_not_waited_for(run: Command, shards: list[str]) -> None:
    os.mkfifo("pipe.jpg")
    result = run("detect", "--merge", "pipe.jpg")
    assert result.status == 2
    assert "a pipe that nobody writes to" in result.err
    report = json.loads(Path("part1.json").read_text())
    report["images"][0] |= {"path": "pipe.jpg", "format": "JPEG", "width": 9999, "height": 9999}
    Path("forged.json").write_text(json.dumps(report))
    run("detect", "--merge", "forged.json", "--report", "o.html")
    assert "pipe.jpg" in Path("o.html").read_text()


def test_a_report_too_large_for_any_memory_is_one_line_of_error(
    run: Command, shards: list[str]
) -> None:
    Path("huge.json").touch()
    os.truncate("huge.json", 10**12)
    for arguments in (["--merge", "huge.json"], ["pics", "--baseline", "huge.json"]):
        result = run("detect", *arguments)
        assert result.status == 2
        assert result.err == "inpaintscan: huge.json: cannot read report: larger than 4 GiB\n"


def test_a_report_is_read_from_a_pipe_that_somebody_writes_to(
    run: Command, shards: list[str]
) -> None:
    os.mkfifo("pipe")
    content = Path("part1.json").read_bytes()
    writer = threading.Thread(target=Path("pipe").write_bytes, args=(content,))
    writer.start()
    result = run("detect", "--merge", "pipe", shards[1], shards[2])
    writer.join()
    assert result.status == 1


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x1c", "\r", "\n", "\x0b"])
def test_own_lines_are_read_whatever_a_name_holds(run: Command, home: Path, separator: str) -> None:
    (home / "pics/inpainted.png").rename(home / f"pics/inpainted{separator}x.png")
    run("detect", "pics", "--report", "r.jsonl")
    assert run("detect", "pics", "--baseline", "r.jsonl").status == 0
    assert run("detect", "--merge", "r.jsonl").status == 1
