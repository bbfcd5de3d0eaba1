"""The commands in the README: every one parses, and the scanning ones are run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from inpaintscan.cli.app import load_command
from tests.docs.help_text import examples_of, help_of
from tests.docs.markdown import README, ROOT, SUBCOMMANDS, Block, blocks, own_commands, shell_lines

PAGE = README.read_text(encoding="utf-8")
COMMANDS = own_commands(PAGE)
EXPERIMENTS = own_commands((ROOT / "weights/EXPERIMENTS.md").read_text(encoding="utf-8"))
SCANNING = [
    block
    for block in blocks(PAGE)
    if block.language == "sh"
    and ".venv" not in block.text
    and not re.search(r"inpaintscan (gen-data|train|eval)", block.text)
]
TRAINING = next(
    block for block in blocks(PAGE) if block.language == "sh" and "gen-data" in block.text
)
SMALLER = {
    "gen-data": "--crop 96 --per-photo 2 --method patchmatch --split 0.4,0.3,0.3 --workers 1",
    "train": "--steps 2 --batch-size 2 --size 64 --workers 0",
    "eval": "--bootstrap 10 --split all",
    "detect": "",
}
"""What turns the commands for a reader's photos into ones for a test; the last option wins."""

PROMISED = {
    "Five one-liners": {
        "scan.html",
        "verdicts.csv",
        "out/mask/2024/cat.png",
        "out/heatmap/2024/cat.png",
        "out/overlay/2025/astronaut.png",
    },
    "Exit statuses and continuous integration": {"known.json", "part1.json"},
}
"""What the commands of a section leave in the working folder."""


def title(value: object) -> str:
    return value.section if isinstance(value, Block) else str(value)


def options_of(name: str) -> set[str]:
    """Every spelling of every option of a subcommand."""
    parameters = load_command(name).params
    return {"--help"} | {name for item in parameters for name in (*item.opts, *item.secondary_opts)}


def check_options(words: list[str]) -> None:
    """Fail if a command line has an option that its subcommand has not."""
    name, *arguments = words
    assert name in SUBCOMMANDS, f"no command {name!r}"
    used = {word.split("=")[0] for word in arguments if re.match(r"--?[a-zA-Z0]", word)}
    unknown = used - options_of(name)
    assert not unknown, f"{name} has no {sorted(unknown)}"


def parse(words: list[str]) -> None:
    """Parse a command line as the program does, without running it."""
    name, *arguments = words
    assert name in SUBCOMMANDS, f"no command {name!r}"
    if arguments:  # a bare name is one in a sentence
        load_command(name).make_context(name, arguments)


@pytest.mark.parametrize(("line", "words"), COMMANDS, ids=title)
def test_every_command_parses(line: int, words: list[str]) -> None:
    assert line > 0
    parse(words)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_help_page_has_examples_that_parse(name: str) -> None:
    examples = examples_of(help_of(name))
    assert examples
    for words in examples:
        assert words[0] == name
        parse(words)


def test_examples_that_a_narrow_terminal_breaks_are_the_same() -> None:
    for name in SUBCOMMANDS:
        assert examples_of(help_of(name, 50)) == examples_of(help_of(name))


def test_the_experiments_use_options_that_exist() -> None:
    """Their settings stand in shell variables, so that they cannot be parsed whole."""
    assert {words[0] for _, words in EXPERIMENTS} == {"gen-data", "train", "eval"}
    for _, words in EXPERIMENTS:
        check_options(words)


def test_every_subcommand_has_a_command_line_in_the_readme() -> None:
    assert {words[0] for _, words in COMMANDS} >= set(SUBCOMMANDS)


def test_every_option_in_prose_exists_somewhere() -> None:
    options = {"--version", *(option for name in SUBCOMMANDS for option in options_of(name))}
    spans = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert spans
    assert spans <= options, f"no command has {sorted(spans - options)}"


def run_line(line: str, home: Path, reader: dict[str, str]) -> None:
    """Run a command line as a reader would type it; photos may be findings."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=home,
        env=reader,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode in {0, 1}, f"{line}\n{done.stderr}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("block", SCANNING, ids=title)
def test_the_scanning_commands_run(block: Block, home: Path, reader: dict[str, str]) -> None:
    """In order, in one folder."""
    for _, line in shell_lines(f"```sh\n{block.text}```\n"):
        run_line(line, home, reader)
    made = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    promised = PROMISED.get(block.section, set())
    assert promised <= made, f"not written: {sorted(promised - made)}"


def test_the_training_commands_run(home: Path, reader: dict[str, str]) -> None:
    """From photos to a network of one's own that scans, at toy size."""
    (home / "weights").mkdir()
    shutil.copy(ROOT / "weights/inpaintscan.safetensors", home / "weights")
    for number in range(6):
        photo = skimage.data.astronaut()[64 * number :][:128, 40 * number :][:, :160]
        Image.fromarray(photo).save(home / f"Pictures/portrait{number}.png")
    lines = [line for _, line in shell_lines(f"```sh\n{TRAINING.text}```\n")]
    for line in lines:
        run_line(f"{line} {SMALLER[line.split()[1]]}", home, reader)
    assert {"figures.html", "mine.safetensors"} <= {path.name for path in home.iterdir()}
    assert {line.split()[1] for line in lines} == SMALLER.keys()


def test_there_are_five_one_liners() -> None:
    (block,) = [block for block in blocks(PAGE) if block.section == "Five one-liners"]
    assert len(shell_lines(f"```sh\n{block.text}```\n")) == 5


def test_the_two_set_up_commands_stand_there_on_their_own() -> None:
    """One installs and scans, one installs and tests; each is one line to paste."""
    lines = [line.split(" && ") for _, line in shell_lines(PAGE) if ".venv" in line]
    make = "python3 -m venv .venv"
    assert lines == [
        [make, ".venv/bin/pip install .", ".venv/bin/inpaintscan detect ~/Pictures"],
        [make, ".venv/bin/pip install -e '.[test]'", ".venv/bin/python -m pytest"],
    ]
