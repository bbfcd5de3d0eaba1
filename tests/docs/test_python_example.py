"""The Python example of the README runs as it stands and type-checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import README, blocks

EXAMPLES = [
    block.text for block in blocks(README.read_text(encoding="utf-8")) if block.language == "python"
]


def test_there_is_an_example() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("code", EXAMPLES, ids=range(len(EXAMPLES)))
def test_it_runs(code: str, home: Path, reader: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env=reader,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "other.jpg" in done.stdout


@pytest.mark.parametrize("code", EXAMPLES, ids=range(len(EXAMPLES)))
def test_it_has_the_types_that_it_shows(code: str, home: Path, reader: dict[str, str]) -> None:
    (home / "example.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "example.py"],
        cwd=home,
        env=reader,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
