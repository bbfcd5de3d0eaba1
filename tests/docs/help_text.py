"""The `--help` texts in the README, and a command that renews them.

python -m tests.docs.help_text
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys

from tests.docs.markdown import README

MARKED_BLOCK = re.compile(r"(<!-- help:(?P<command>[a-z -]*)-->\s*```text\n).*?(\n```)", re.DOTALL)


@functools.cache
def help_of(subcommand: str, columns: int = 100) -> str:
    """Return what `inpaintscan SUBCOMMAND --help` prints on so many columns."""
    variables = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "inpaintscan", *subcommand.split(), "--help"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines).strip("\n")


def with_help(page: str) -> str:
    """Return the page with every marked block filled with the help text of today."""
    return MARKED_BLOCK.sub(
        lambda match: match[1] + help_of(match["command"].strip()) + match[3], page
    )


if __name__ == "__main__":
    README.write_text(with_help(README.read_text(encoding="utf-8")), encoding="utf-8")
