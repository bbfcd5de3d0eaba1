"""File names as text: one form for records, one for lines on a terminal."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

LONGEST_PATH = 4_096 if os.sep == "/" else 32_767
"""Characters of the longest path that a system takes. To follow the links of a longer one, which
leads nowhere, would take time with the square of its length."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""The wide forms too, which spreadsheets of East Asia take for the others."""
_LIKE_A_BYTE = re.compile(r"\\x[89a-f][0-9a-f]")


def record_name(path: str) -> str:
    r"""Return a path as text that any file can hold: undecodable bytes as `\xNN`.

    No two paths get the same text. A name that itself spells `\xff`, and a backslash beside an
    undecodable byte, have their backslashes doubled for that.
    """
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if os.sep == "\\" or (text == path and not _LIKE_A_BYTE.search(path)):
        return text
    doubled = path.replace("\\", "\\\\")
    return doubled.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def original_name(text: str) -> str:
    """Return the path that `record_name` gave this text for; its bytes are as on the disk."""
    if os.sep == "\\" or not _LIKE_A_BYTE.search(text):
        return text
    parts = re.split(r"(\\\\|\\x[89a-f][0-9a-f])", text)
    for index in range(1, len(parts), 2):
        code = parts[index]
        parts[index] = "\\" if code == "\\\\" else chr(0xDC00 + int(code[2:], 16))
    return "".join(parts)


def show_path(path: PurePath | str) -> str:
    """Return a path for one line of text: as in records, and control characters escaped."""
    text = record_name(str(path))
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_text_cell(text: str) -> str:
    """Return text as a cell of a table: `'=1+1` for `=1+1`, which a spreadsheet would compute."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def from_text_cell(text: str) -> str:
    """Return the text that `as_text_cell` made such a cell of."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA_STARTS) else text
