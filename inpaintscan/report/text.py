"""Text that is safe to show: no control characters, no bytes that are no Unicode."""

from __future__ import annotations

import re
import textwrap
import unicodedata

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace(r"\x00-\x1f", ""))


def printable(text: str) -> str:
    r"""Return text for a terminal or one field of a line, the unsafe as `\xNN` or `\uNNNN`.

    A newline in a file name cannot start a line of its own, an escape sequence cannot recolour the
    terminal, a right-to-left override cannot hide an ending.
    """
    return _UNSAFE.sub(lambda match: _escaped(match.group()), text)


def json_safe(text: str) -> str:
    r"""Return a JSON document with unsafe characters as `\uNNNN`: the value is the same.

    JSON itself escapes only those below a blank.
    """
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def cells(text: str) -> int:
    """Return how many columns of a terminal text takes: two for each letter of Chinese, say."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def wrap(text: str, width: int, indent: str = "", *, keep_blanks: bool = False) -> list[str]:
    """Return text in lines of at most `width` columns of a terminal, all but the first indented."""
    # With NUL, which no printable text holds, behind each wide letter, its length is its width.
    padded = "".join(
        f"{character}\0" if unicodedata.east_asian_width(character) in "WF" else character
        for character in text
    )
    lines = textwrap.wrap(
        padded,
        width - (padded != text),  # a letter may be parted from its NUL
        subsequent_indent=indent,
        drop_whitespace=not keep_blanks,
        break_on_hyphens=keep_blanks,
    )
    return [line.replace("\0", "") for line in lines]


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage with one decimal."""
    return f"{100 * share:.1f} %"


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, kept by `surrogateescape`
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
