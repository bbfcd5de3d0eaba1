"""What the documentation tests read out of a Markdown file."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SUBCOMMANDS = ("detect", "localize", "segment", "gen-data", "train", "eval")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, the section it stands in and the line it begins on."""

    language: str
    section: str
    line: int
    text: str


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found: list[Block] = []
    section, language, start, inside = "", "", 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        fence = re.match(r"^```(\w*)", line)
        if fence and not language:
            language, start, inside = fence[1] or "text", number + 1, []
        elif fence:
            found.append(Block(language, section, start, "\n".join(inside) + "\n"))
            language = ""
        elif language:
            inside.append(line)
        elif line.startswith("#"):
            section = line.lstrip("# ")
    assert not language, f"the block that begins on line {start} is not closed"
    return found


def shell_lines(text: str) -> list[tuple[int, str]]:
    """Return the command lines of all `sh` blocks with their line numbers, continuations joined."""
    lines: list[tuple[int, str]] = []
    for block in blocks(text):
        if block.language != "sh":
            continue
        pending = ""
        for offset, line in enumerate(block.text.splitlines()):
            pending += line
            if pending.endswith("\\"):
                pending = pending[:-1]
                continue
            if pending.strip() and not pending.startswith("#"):
                lines.append((block.line + offset, pending))
            pending = ""
    return lines


def own_commands(text: str) -> list[tuple[int, list[str]]]:
    """Return every call of `inpaintscan` in the `sh` blocks and in code spans of tables and prose.

    A pipeline or a list of commands is split; each is a list of words without the program's name.
    """
    sources = shell_lines(text)
    for number, line in enumerate(text.splitlines(), start=1):
        spans = re.findall(r"`([^`]*)`", line)
        sources += [(number, span) for span in spans if re.match(r"inpaintscan \S", span)]
    commands: list[tuple[int, list[str]]] = []
    for number, line in sources:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        command: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;"):
                if command and Path(command[0]).name == "inpaintscan":
                    commands.append((number, command[1:]))
                command = []
            else:
                command.append(word)
    return commands


def table_after(text: str, heading: str) -> list[dict[str, str]]:
    """Return the first table below a line that holds `heading`, one dict a row."""
    below = text.partition(heading)[2]
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in re.split(r"\n(?!\|)", below[below.index("\n|") + 1 :])[0].splitlines()
    ]
    header, _, *body = rows
    return [dict(zip(header, row, strict=True)) for row in body]
