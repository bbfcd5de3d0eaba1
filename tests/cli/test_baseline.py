from __future__ import annotations

import json
from pathlib import Path

import pytest

from inpaintscan.errors import UsageError
from inpaintscan.jobs.baseline import read_report
from tests.cli.conftest import Command, write_image


@pytest.mark.parametrize("name", ["known.json", "known.jsonl"])
def test_known_findings_are_listed_and_do_not_count(run: Command, home: Path, name: str) -> None:
    assert run("detect", "pics", "--report", name).status == 1
    result = run("detect", "pics", "--baseline", name, "--report", "r.json")
    assert result.status == 0
    assert "inpainted\t0.9500\tpics/inpainted.png\tknown: in the baseline" in result.out
    assert "(2 known)" in result.err
    report = json.loads(Path("r.json").read_text())
    assert [record["known"] for record in report["images"]] == [False, True, True, False]
    assert report["counts"]["known"] == 2
    write_image(home / "pics/inpainted_new.png", seed=7)
    assert run("detect", "pics", "--baseline", name).status == 1


def test_content_decides_not_the_path(run: Command, home: Path) -> None:
    run("detect", "pics", "--report", "known.json")
    (home / "pics/inpainted.png").rename(home / "inpainted_moved.png")
    assert run("detect", "inpainted_moved.png", "--baseline", "known.json").status == 0


def test_what_was_no_finding_then_counts_now(run: Command) -> None:
    run("detect", "pics", "--report", "known.json")
    arguments = ["detect", "pics", "--baseline", "known.json"]
    assert run(*arguments, "--fail-on", "inpainted,generated,unsure").status == 0
    run("detect", "pics/clean.jpg", "--report", "known.json")
    assert run(*arguments).status == 1


def test_baseline_of_a_baseline_keeps_what_is_known(run: Command) -> None:
    run("detect", "pics", "--report", "one.json")
    run("detect", "pics", "--baseline", "one.json", "--report", "two.json")
    assert run("detect", "pics", "--baseline", "two.json").status == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[]"),
        ("a.json", '{"images": []}'),
        ("a.json", '{"schema_version": "9.0", "images": []}'),
        ("a.json", '{"schema_version": "1.0", "images": 5}'),
        ("a.json", "not json"),
        ("a.jsonl", '{"path": 1}'),
        ("a.jsonl", ""),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=name):
        read_report(tmp_path / name)
