"""The GitHub Action: its description, its example in the README, and its scan step run here."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import README, ROOT, blocks

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {
    step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step
}


def filled(text: str, inputs: dict[str, str]) -> str:
    """Put inputs, or their defaults, where an expression names them, as a runner does."""

    def value(match: re.Match[str]) -> str:
        return inputs.get(match[1], ACTION["inputs"][match[1]]["default"])

    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", value, text)


def run_scan(home: Path, reader: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the scan step in the shell that a runner uses for `shell: bash`."""
    step = STEPS["Scan"]
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    variables = {name: filled(value, named) for name, value in step["env"].items()}
    script = home / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=home,
        env=reader | variables | {"GITHUB_OUTPUT": str(home / "github_output")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_action_is_composite_and_every_step_names_its_shell() -> None:
    assert ACTION["runs"]["using"] == "composite"
    steps = ACTION["runs"]["steps"]
    assert all(step.get("shell") == "bash" for step in steps if "run" in step)


def test_inputs_reach_a_script_only_through_variables() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"], step["name"]


def test_every_input_is_described_has_a_default_and_is_used() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, details in ACTION["inputs"].items():
        assert details["description"].endswith("."), name
        assert isinstance(details["default"], str), name
        assert f"${{{{ inputs.{name} }}}}" in text, name


def test_every_script_parses() -> None:
    for step in STEPS.values():
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


def test_the_scan_step_scans(
    home: Path, reader: dict[str, str], answer: Callable[[], dict[str, str]]
) -> None:
    done = run_scan(
        home, reader, paths="docs 'assets/logo one.webp'", report="found.sarif 'all of it.json'"
    )
    assert done.returncode in {0, 1}, done.stderr
    assert answer() == {"status": str(done.returncode)}
    records = json.loads((home / "all of it.json").read_text(encoding="utf-8"))["images"]
    assert [record["path"] for record in records] == ["docs/figure.png", "assets/logo one.webp"]
    assert json.loads((home / "found.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (
            "docs photos/it's.jpg assets",
            ["docs/figure.png", "photos/it's.jpg", "assets/logo one.webp"],
        ),
        ("photos/it's.jpg 'assets/logo one.webp'", ["photos/it's.jpg", "assets/logo one.webp"]),
        ('"photos/it\'s.jpg"\n\n  docs', ["photos/it's.jpg", "docs/figure.png"]),
        ('photos/6\\".jpg docs', ['photos/6\\".jpg', "docs/figure.png"]),
    ],
)
def test_no_path_is_lost_after_a_quote_in_a_name(
    home: Path, reader: dict[str, str], paths: str, found: list[str]
) -> None:
    (home / "photos").mkdir()
    for name in ("it's.jpg", '6\\".jpg'):
        (home / "photos" / name).write_bytes((home / "photo.jpg").read_bytes())
    done = run_scan(home, reader, paths=paths, report="r.json", args="--include='*.*'")
    assert done.returncode in {0, 1}, done.stderr
    records = json.loads((home / "r.json").read_text(encoding="utf-8"))["images"]
    assert [record["path"] for record in records] == found


def test_odd_names_are_one_word_each(home: Path, reader: dict[str, str]) -> None:
    names = [
        "a\u00a0b.jpg",
        "c\u3000\u2028.jpg",
        "e\x85.jpg",
        "-dash.jpg",
        "--exclude=*",
        "g*.jpg",
    ]
    for name in names:
        (home / name).write_bytes((home / "photo.jpg").read_bytes())
    done = run_scan(home, reader, paths=" ".join(names), report="-r.json")
    assert done.returncode in {0, 1}, done.stderr
    records = json.loads((home / "-r.json").read_text(encoding="utf-8"))["images"]
    assert [record["path"] for record in records] == names


def test_the_scan_step_passes_its_options_on(
    home: Path, reader: dict[str, str], answer: Callable[[], dict[str, str]]
) -> None:
    """Every image is a finding at threshold 0; after that the baseline knows all of them."""
    first = run_scan(home, reader, paths="docs", report="known.json", args="--threshold 0")
    assert first.returncode == 1, first.stderr
    second = run_scan(
        home,
        reader,
        paths="docs",
        baseline="known.json",
        cache="kept",
        fail_on="inpainted,generated,unsure",
        args="--threshold 0",
    )
    assert second.returncode == 0, second.stderr
    assert answer() == {"status": "0"}
    assert any((home / "kept").iterdir())


def test_the_scan_step_fails_with_an_error_of_the_scan(
    home: Path, reader: dict[str, str], answer: Callable[[], dict[str, str]]
) -> None:
    done = run_scan(home, reader, paths="missing.jpg")
    assert done.returncode == 2
    assert answer() == {"status": "2"}


def test_nothing_in_an_input_is_run(home: Path, reader: dict[str, str]) -> None:
    done = run_scan(home, reader, paths="$(touch made) `touch made` ;touch made")
    assert done.returncode == 2
    assert not (home / "made").exists()


@pytest.mark.parametrize("key", ["uses", "with"])
def test_the_readme_uses_inputs_that_exist(key: str) -> None:
    examples = [
        yaml.safe_load(block.text)
        for block in blocks(README.read_text(encoding="utf-8"))
        if block.language == "yaml" and "OWNER/inpaintscan@" in block.text
    ]
    (example,) = examples
    steps = [step for job in example["jobs"].values() for step in job["steps"]]
    (ours,) = [step for step in steps if "OWNER/inpaintscan@" in step["uses"]]
    assert key in ours
    assert ours["with"].keys() <= ACTION["inputs"].keys()
