"""The paths to scan: arguments, standard input, lists in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from inpaintscan.cli.options import ScanOptions

STANDARD_INPUT = "-"


def read_paths(options: ScanOptions) -> list[str]:
    """Return all paths that were named, in the order they were named.

    Raises:
        UsageError: if none was named at all, one is empty, or a list cannot be read. An empty
            list is fine.
    """
    arguments = options.paths or []
    if not arguments and options.files_from is None:
        raise UsageError("no PATHS: name images or directories, or - to read from standard input")
    if "" in arguments:
        raise UsageError("one of PATHS is empty: name images or directories (. is this one)")
    if options.null and STANDARD_INPUT not in arguments and options.files_from is None:
        raise UsageError("--null is for paths that are read: give - or --files-from FILE too")
    paths: list[str] = []
    for argument in arguments:
        if argument == STANDARD_INPUT:
            paths.extend(split_paths(_read_list(argument), null=options.null))
        else:
            paths.append(argument)
    if options.files_from is not None:
        paths.extend(split_paths(_read_list(options.files_from), null=options.null))
    return paths


def split_paths(text: bytes, *, null: bool) -> list[str]:
    r"""Return the paths of a list: one a line (`\n`, `\r\n`) or NUL-separated, no blank ones."""
    if null:
        pieces = text.split(b"\0")
    else:
        pieces = [line.removesuffix(b"\r") for line in text.split(b"\n")]
    return [os.fsdecode(piece) for piece in pieces if piece]


def _read_list(name: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            if sys.stdin is None:
                raise UsageError("-: standard input is closed: no paths can be read from it")
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: cannot read the list: {error.strerror or error}") from error
