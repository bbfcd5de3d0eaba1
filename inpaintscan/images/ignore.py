"""Which paths below a directory are left out: `.inpaintscanignore`, `--include`, `--exclude`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from inpaintscan.errors import UsageError
from inpaintscan.images.globs import Glob, decide, decide_with_folders, parse_glob
from inpaintscan.images.names import show_path

Warn = Callable[[str], None]
"""Called with one line on what is wrong with an ignore file."""

IGNORE_FILE = ".inpaintscanignore"
MOST_BYTES = 256 * 1024
"""Of an ignore file; it belongs to whoever made the folder, and must not stop a scan."""
MOST_PATTERNS = 5_000
MOST_WARNINGS = 3
"""Lines of one ignore file that are complained about."""


@dataclass(frozen=True, slots=True)
class Globs:
    """`--include` and `--exclude`: gitignore patterns against the path below the argument.

    A pattern without a slash matches a name at any depth; a folder's name matches all within it.
    """

    include: tuple[Glob, ...]
    exclude: tuple[Glob, ...]

    def admits(self, relative: PurePath) -> bool:
        """Tell whether a file is to be scanned."""
        if self.exclude and decide_with_folders(self.exclude, relative.parts):
            return False
        return not self.include or decide_with_folders(self.include, relative.parts)


def to_globs(include: Sequence[str], exclude: Sequence[str]) -> Globs:
    """Parse the patterns of `--include` and `--exclude`.

    Raises:
        UsageError: if a pattern is no glob.
    """
    return Globs(tuple(_parse(include, "--include")), tuple(_parse(exclude, "--exclude")))


def _parse(patterns: Iterable[str], option: str) -> Iterator[Glob]:
    for pattern in patterns:
        try:
            glob = parse_glob(pattern)
        except ValueError as error:
            raise UsageError(f"{option}: not a valid glob: {pattern} ({error})") from error
        if glob is not None:
            yield glob


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files from the directory argument down to one folder, as git reads them.

    `levels` holds, outermost first, how many parts of a relative path lie above the folder of an
    ignore file, and its patterns. The innermost file that names a path decides.
    """

    levels: tuple[tuple[int, tuple[Glob, ...]], ...] = ()

    def below(self, folder: Path, depth: int, warn: Warn) -> IgnoreRules:
        """Return these rules and those of the ignore file in `folder`, if it has one.

        `depth` is the number of parts from the directory argument to `folder`. What is wrong with
        the file is said to `warn`, and the rest of it counts.
        """
        globs = tuple(_read_globs(folder / IGNORE_FILE, warn))
        return IgnoreRules((*self.levels, (depth, globs))) if globs else self

    def ignore(self, relative: PurePath, *, is_folder: bool) -> bool:
        """Tell whether a path, relative to the directory argument, is left out."""
        for depth, globs in reversed(self.levels):
            decision = decide(globs, relative.parts[depth:], is_folder=is_folder)
            if decision is not None:
                return decision
        return False


def _read_globs(file: Path, warn: Warn) -> Iterator[Glob]:
    """Yield the patterns of an ignore file; names in it are bytes, as file names are."""
    content = _read_bytes(file, warn)
    found = wrong = 0
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if found == MOST_PATTERNS:
            warn(f"{show_path(file)}: only its first {MOST_PATTERNS:,} patterns count")
            return
        try:
            glob = parse_glob(line.decode("utf-8", "surrogateescape"))
        except ValueError as error:
            wrong += 1
            if wrong <= MOST_WARNINGS:
                warn(f"{show_path(file)}, line {number}: not a pattern, ignored: {error}")
            continue
        if glob is not None:
            found += 1
            yield glob
    if wrong > MOST_WARNINGS:
        warn(f"{show_path(file)}: {wrong - MOST_WARNINGS} more lines that are no patterns")


def _read_bytes(file: Path, warn: Warn) -> bytes:
    try:
        if not file.is_file():
            return b""
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        warn(f"{show_path(file)}: cannot read the ignore file: {error.strerror or error}")
        return b""
    if len(content) <= MOST_BYTES:
        return content
    warn(f"{show_path(file)}: only the first {MOST_BYTES // 1024} KiB of it count")
    return content[:MOST_BYTES].rpartition(b"\n")[0]
