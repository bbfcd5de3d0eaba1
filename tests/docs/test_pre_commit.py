"""The pre-commit hook: its description, the files it takes, and its entry run on some."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import README, ROOT, blocks


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert isinstance(only, dict)
    return only


def run_hook(
    hook: dict[str, Any], files: list[str], home: Path, reader: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shlex.split(hook["entry"]), *files],
        cwd=home,
        env=reader,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_hook_says_what_pre_commit_needs(hook: dict[str, Any]) -> None:
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a/photo.jpg", True),
        ("PHOTO.JPEG", True),
        ("scan.tif", True),
        ("drawing.svg", False),
        ("jpg", False),
        ("notes.jpg.txt", False),
    ],
)
def test_the_files_it_takes(hook: dict[str, Any], name: str, taken: bool) -> None:
    assert bool(re.search(hook["files"], name)) is taken


def test_it_takes_every_ending_that_a_scan_reads(hook: dict[str, Any]) -> None:
    from inpaintscan.images import EXTENSIONS

    assert [ending for ending in EXTENSIONS if not re.search(hook["files"], f"x{ending}")] == []


def test_a_file_named_like_an_option_is_a_file(
    hook: dict[str, Any], home: Path, reader: dict[str, str]
) -> None:
    names = ["--exclude=*.jpg", "--exit-zero.jpg", "-h.jpg"]
    for name in names:
        (home / name).write_bytes((home / "photo.jpg").read_bytes())
    done = run_hook(hook, [*names, "photo.jpg"], home, reader)
    assert done.returncode in {0, 1}, done.stderr
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == [*names, "photo.jpg"]


def test_its_entry_scans_the_staged_files(
    hook: dict[str, Any], home: Path, reader: dict[str, str]
) -> None:
    done = run_hook(hook, ["photo.jpg", "assets/logo one.webp"], home, reader)
    assert done.returncode in {0, 1}, done.stderr
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == [
        "photo.jpg",
        "assets/logo one.webp",
    ]


def test_its_entry_fails_on_a_file_that_is_no_image(
    hook: dict[str, Any], home: Path, reader: dict[str, str]
) -> None:
    (home / "broken.jpg").write_text("no image")
    done = run_hook(hook, ["broken.jpg"], home, reader)
    assert done.returncode == 2
    assert "broken.jpg" in done.stdout + done.stderr


def test_the_readme_names_this_hook(hook: dict[str, Any]) -> None:
    examples = [
        yaml.safe_load(block.text)
        for block in blocks(README.read_text(encoding="utf-8"))
        if block.language == "yaml" and "hooks:" in block.text
    ]
    (example,) = examples
    assert [item["id"] for repo in example["repos"] for item in repo["hooks"]] == [hook["id"]]
