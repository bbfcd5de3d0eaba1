"""The script that checks a change, and that it installs as the README says."""

from __future__ import annotations

import os
import re
import subprocess

from tests.packaging.conftest import ROOT

SCRIPT = ROOT / ".ci" / "run"


def test_the_script_is_runnable_and_parses() -> None:
    assert os.access(SCRIPT, os.X_OK)
    subprocess.run(["bash", "-n", SCRIPT], check=True)


def test_the_script_stops_at_the_first_slip_and_cleans_up() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert re.search(r"""trap 'rm -rf "\$work"' EXIT""", text)


def test_the_script_installs_what_the_readme_installs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = "pip install -e '.[test]'"
    assert f".venv/bin/{command} && .venv/bin/python -m pytest" in readme
    assert f'"$python" -m {command.replace("install", "install --quiet")}' in SCRIPT.read_text(
        encoding="utf-8"
    )


def test_the_script_checks_lint_format_types_and_tests() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    for check in ["ruff check .", "ruff format --check .", "mypy --strict inpaintscan", "pytest"]:
        assert check in text
