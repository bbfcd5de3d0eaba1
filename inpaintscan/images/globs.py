"""Patterns as git reads them in a .gitignore, matched in linear time.

A pattern from an untrusted folder must not stop a scan: each part between slashes becomes a regular
expression whose stars never try twice (atomic groups), and `**` is matched without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

LONGEST_PATTERN = 4_096
"""Characters of one pattern, as long as a path may be."""

_ANY_DEPTH = "**"
_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


@dataclass(frozen=True)
class Glob:
    """One pattern: `parts` between its slashes, those with `**` any number of folders.

    `excludes` is False for a pattern with `!`, which takes back what an earlier one says.
    """

    parts: tuple[str, ...]
    excludes: bool
    folders_only: bool

    @cached_property
    def _matchers(self) -> tuple[re.Pattern[str] | None, ...]:
        return tuple(
            None if part == _ANY_DEPTH else re.compile(_to_regex(part), re.DOTALL)
            for part in self.parts
        )

    def matches(self, parts: Sequence[str], *, is_folder: bool) -> bool:
        """Tell whether the pattern names a path, given by its parts; not what lies below it."""
        if self.folders_only and not is_folder:
            return False
        matchers, star, resume = self._matchers, -1, 0
        at_path = at_glob = 0
        while at_path < len(parts):
            matcher = matchers[at_glob] if at_glob < len(matchers) else None
            if at_glob < len(matchers) and matcher is None:
                star, resume = at_glob, at_path
                at_glob += 1
                if at_glob == len(matchers):  # a/** is what lies below a, not a itself
                    return True
            elif matcher is not None and matcher.fullmatch(parts[at_path]):
                at_glob += 1
                at_path += 1
            elif star >= 0:  # the last ** takes in one folder more
                resume += 1
                at_glob, at_path = star + 1, resume
            else:
                return False
        return at_glob == len(matchers)


def parse_glob(line: str) -> Glob | None:
    """Return the pattern on a line, or None for a blank line or a comment.

    Raises:
        ValueError: saying what is wrong with the pattern.
    """
    text = _without_trailing_blanks(line)
    if not text or text.startswith("#"):
        return None
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"longer than {LONGEST_PATTERN} characters")
    excludes = not text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    body = text.rstrip("/")
    anchored = "/" in body
    parts = [part for part in body.split("/") if part]
    if not parts:
        raise ValueError("names nothing")
    if not anchored:
        parts.insert(0, _ANY_DEPTH)
    merged = [
        part
        for part, before in zip(parts, ["", *parts], strict=False)
        if not part == before == _ANY_DEPTH
    ]
    glob = Glob(tuple(merged), excludes, folders_only)
    for part in merged:
        if part != _ANY_DEPTH:
            _to_regex(part)
    return glob


def decide(globs: Sequence[Glob], parts: Sequence[str], *, is_folder: bool) -> bool | None:
    """Return what the last pattern that names a path says of it, None where none does."""
    for glob in reversed(globs):
        if glob.matches(parts, is_folder=is_folder):
            return glob.excludes
    return None


def decide_with_folders(globs: Sequence[Glob], parts: Sequence[str]) -> bool:
    """Tell whether the patterns name a file or a folder above it; git asks from the top down."""
    return any(
        decide(globs, parts[:depth], is_folder=depth < len(parts))
        for depth in range(1, len(parts) + 1)
    )


def _without_trailing_blanks(line: str) -> str:
    text = line.rstrip("\r\n").rstrip(" ")
    cut = len(line.rstrip("\r\n")) - len(text)
    backslashes = len(text) - len(text.rstrip("\\"))
    return text + " " if cut and backslashes % 2 else text


def _to_regex(part: str) -> str:
    """Translate the text between two slashes.

    Every star is `(?>.*?fixed)`: the first place where the fixed text after it stands is the right
    one, since any later place leaves less for the rest; only the last star runs to the end.
    """
    pieces: list[str] = [""]
    position = 0
    while position < len(part):
        character = part[position]
        position += 1
        if character == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif character == "?":
            pieces[-1] += "."
        elif character == "[":
            text, position = _to_class(part, position)
            pieces[-1] += text
        elif character == "\\":
            if position == len(part):
                raise ValueError("ends in a backslash")
            pieces[-1] += re.escape(part[position])
            position += 1
        else:
            pieces[-1] += re.escape(character)
    first, *rest = pieces
    if not rest:
        return first
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    return f"{first}{middle}.*{rest[-1]}"


def _to_class(part: str, position: int) -> tuple[str, int]:
    """Translate a bracket expression whose content begins at `position`; also return its end."""
    negated = part[position : position + 1] in {"!", "^"}
    position += negated
    first = position
    members: list[str] = []
    while True:
        character = part[position : position + 1]
        if not character:
            raise ValueError("a [ without its ]")
        if character == "]" and position > first:
            break
        if part.startswith("[:", position) and (end := part.find(":]", position)) > 0:
            name = part[position + 2 : end]
            if name not in _POSIX_CLASSES:
                raise ValueError(f"no character class [:{name}:]")
            members.append(_POSIX_CLASSES[name])
            position = end + 2
            continue
        low, position = _member(part, position)
        if part[position : position + 1] == "-" and part[position + 1 : position + 2] not in {
            "",
            "]",
        }:
            high, position = _member(part, position + 1)
            if high < low:
                raise ValueError(f"the range {low}-{high} runs backwards")
            members.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            members.append(re.escape(low))
    content = "".join(members)
    return f"[{'^' if negated else ''}{content}]", position + 1


def _member(part: str, position: int) -> tuple[str, int]:
    """Return one character of a bracket expression, and where the next one is."""
    if part[position] == "\\" and position + 1 < len(part):
        position += 1
    return part[position], position + 1
