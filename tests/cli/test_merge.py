from __future__ import annotations

import json
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
    merged, whole = read("merged.json"), read("whole.json")
    assert merged["images"] == whole["images"]
    for field in ("counts", "model", "threshold", "complete"):
        assert merged[field] == whole[field]
    assert merged["started"] == min(read(name)["started"] for name in shards)


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
