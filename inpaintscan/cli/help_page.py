"""The `--help` pages: plain text under headings that fits a terminal of any width."""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
from typing import Any

from typer.core import TyperCommand

WIDEST, NARROWEST = 80, 40
INDENT = "  "

Rows = list[tuple[str, str]]
"""What stands in the two columns of a section: a name, and what is said about it."""


class HelpfulCommand(TyperCommand):
    """A subcommand that shows its options under the headings named by `rich_help_panel`."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401
        """Return the help page, with options that have no heading last."""
        sections: dict[str, Rows] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                is_argument = parameter.param_type_name == "argument"
                default = "Arguments" if is_argument else "Options"
                heading = getattr(parameter, "rich_help_panel", None) or default
                names = record[0].split(" <")[0] if is_argument else record[0]
                sections.setdefault(heading, []).append((names, record[1]))
        ordered = {heading: sections[heading] for heading in sorted(sections, key="Options".__eq__)}
        return help_page(self, ctx, ordered)


def help_page(command: Any, ctx: Any, sections: dict[str, Rows]) -> str:  # noqa: ANN401
    """Lay out a command's usage, help text, sections and epilogue.

    No word is broken, and what follows a name is never squeezed to the right edge.
    """
    width = max(min(shutil.get_terminal_size().columns, WIDEST) - 2, NARROWEST)
    pieces = " ".join(command.collect_usage_pieces(ctx)).replace("{", "").replace("}", "")
    usage = _wrap(f"Usage: {ctx.command_path} {pieces}", width, hanging="       ")
    blocks = [usage, *_paragraphs(command.help or "", width)]
    for heading, rows in sections.items():
        blocks.append([f"{heading}:", *_two_columns(rows, width)])
    blocks += _paragraphs(command.epilog or "", width)
    return "\n\n".join("\n".join(lines) for lines in blocks)


KEPT = "\0"
"""A space at which no line is broken."""


def _wrap(text: str, width: int, first: str = "", hanging: str = "") -> list[str]:
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(KEPT, " ") for line in lines]


def _paragraphs(text: str, width: int) -> list[list[str]]:
    r"""Wrap paragraphs; in one that begins with a line of `\b`, each line stays a line."""
    paragraphs = []
    for paragraph in filter(None, re.split(r"\n\s*\n", inspect.cleandoc(text).strip("\n"))):
        first, *rest = paragraph.splitlines()
        if first.strip() == "\b":
            paragraphs.append([part for line in rest for part in _command_line(line, width)])
        else:
            paragraphs.append(_wrap(" ".join(paragraph.split()), width, INDENT, INDENT))
    return paragraphs


def _command_line(line: str, width: int) -> list[str]:
    """Break a long example before an option, as a shell lets one break it, to be copied."""
    indent = INDENT + line[: len(line) - len(line.lstrip())]
    words = re.split(r" (?=-)|(?<=[|]) ", line.strip())
    text = " ".join(word.replace(" ", KEPT) for word in words)
    parts = _wrap(text, width - 2, indent, indent + INDENT)
    return [f"{part} \\" for part in parts[:-1]] + parts[-1:]


def _two_columns(rows: Rows, width: int) -> list[str]:
    """Put what is said beside the names; below a name that is longer than a third of the line."""
    rows = [(_names(name), _limits(said)) for name, said in rows]
    most = width // 3
    column = max((len(name) for name, _ in rows if len(name) <= most), default=most // 2)
    space = " " * (len(INDENT) + column + 2)
    lines = []
    for name, said in rows:
        beside = len(name) <= column
        start = f"{INDENT}{name:<{column}}  " if beside else space
        lines += [] if beside else [INDENT + name]
        lines += _wrap(" ".join(said.split()), width, start, space)
    return lines


def _names(text: str) -> str:
    """Write choices as `a|b`, without the brackets that Typer puts around them."""
    return re.sub(r"<(?:list\[)?([^<>\[\]]*)\]?>", r"\1", text)


def _limits(text: str) -> str:
    """Say a range in words: `[0.0<=x<=1.0]` is `[0 to 1]`, `[x>=1]` is `[1 or more]`."""
    text = re.sub(r"(\d)\.0(?=[<\];]|$)", r"\1", text)
    text = re.sub(r"([\d.]+)<=x<=([\d.]+)", r"\1 to \2", text)
    text = re.sub(r"x>=([\d.]+)", r"\1 or more", text)
    short = r"[(\[][^()\[\]]{1,16}[)\]]"
    return re.sub(short, lambda match: match[0].replace(" ", KEPT), text)
