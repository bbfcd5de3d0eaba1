from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from inpaintscan import __version__
from inpaintscan.cli.app import COMMANDS
from tests.cli.conftest import Command

SCANNING = ("detect", "localize", "segment")
SHARED = (
    *(
        "--null",
        "--files-from",
        "--include",
        "--exclude",
        "--frames",
        "--shard",
        "--max-pixels",
        "--strict",
    ),
    *("--model", "--device", "--batch-size", "--workers", "--precision", "--threshold", "--fpr"),
    *("--report", "--format", "--overwrite"),
    *("--fail-on", "--baseline", "--cache", "--exit-zero"),
    *("--quiet", "--verbose", "--no-progress"),
)
HEAVY = {"torch", "torchvision", "timm", "numpy", "PIL", "rich", "inpaintscan.scan"}


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that a command line has loaded when it ends."""
    code = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from inpaintscan.cli.app import main\n"
        f"main({list(arguments)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["detect", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not HEAVY & loaded_by(*arguments)


def test_help_lists_every_command(run: Command) -> None:
    result = run("--help", model="")
    assert result.status == 0
    for name, text in COMMANDS.items():
        assert f"{name:<10}{text}" in " ".join(result.out.split("\n"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run: Command, name: str) -> None:
    for option in ("--help", "-h"):
        result = run(name, option, model="")
        assert result.status == 0
        assert result.out.startswith(f"Usage: inpaintscan {name}")
        assert result.err == ""


@pytest.mark.parametrize("name", SCANNING)
def test_help_of_scans_has_all_shared_options_and_examples(run: Command, name: str) -> None:
    text = run(name, "--help", model="").out
    for option in SHARED:
        assert f"{option} " in text, option
    assert "Examples:" in text
    assert f"  inpaintscan {name} " in text
    assert "Exit status:" in text


def test_examples_in_help_are_accepted(run: Command) -> None:
    """Every option that an example uses is one of the command's."""
    for name in SCANNING:
        text = run(name, "--help", model="").out
        examples = text.partition("Examples:")[2].replace(" \\\n", " ")
        for line in examples.splitlines():
            words = line.partition(f"inpaintscan {name} ")[2].split()
            for word in words:
                if word.startswith("--") or word in {"-o", "-0"}:
                    assert word in text.partition("Examples:")[0], line


def test_no_command_is_help_and_2(run: Command) -> None:
    result = run(model="")
    assert result.status == 2
    assert result.out.startswith("Usage: inpaintscan")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run: Command, option: str) -> None:
    assert run(option, model="").out == f"inpaintscan {__version__}\n"


def test_module_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inpaintscan", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"inpaintscan {__version__}\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("inpaintscan det", {"detect"}),
        ("inpaintscan segment --heat", {"--heatmap"}),
        ("inpaintscan detect --format js", {"json", "jsonl"}),
    ],
)
def test_shell_completion(words: str, offered: set[str]) -> None:
    variables = {
        "_INPAINTSCAN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "_TYPER_COMPLETE_ARGS": words,
    }
    done = subprocess.run(
        [sys.executable, "-m", "inpaintscan"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(done.stdout.split()) == offered, done.stderr
