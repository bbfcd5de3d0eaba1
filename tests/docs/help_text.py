"""What the program says about itself with `--help`."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys

from tests.docs.markdown import own_commands


@functools.cache
def help_of(subcommand: str, columns: int = 80) -> str:
    """Return what `inpaintscan SUBCOMMAND --help` prints on a terminal of so many columns."""
    variables = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "inpaintscan", *subcommand.split(), "--help"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def examples_of(page: str) -> list[list[str]]:
    """Return the examples at the end of a help page, each as words without the program's name."""
    lines = page.partition("Examples:\n")[2].partition("\n\n")[0]
    joined = lines.replace("\\\n", " ")
    ours = re.sub(r"^.* -m (?=inpaintscan )", "", joined, flags=re.MULTILINE)
    return [words for _, words in own_commands(f"```sh\n{ours}\n```\n")]
