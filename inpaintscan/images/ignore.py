"""Which paths below a directory are left out: `.inpaintscanignore`, `--include`, `--exclude`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path, PurePath

IGNORE_FILE = ".inpaintscanignore"


@dataclass(frozen=True, slots=True)
class Globs:
    """`--include` and `--exclude`: gitignore patterns against the path below the argument.

    A pattern without a slash matches a name at any depth; a folder's name matches all within it.
    """

    include: GitIgnoreSpec | None
    exclude: GitIgnoreSpec

    def admits(self, relative: PurePath) -> bool:
        """Tell whether a file is to be scanned."""
        name = relative.as_posix()
        if self.exclude.match_file(name):
            return False
        return self.include is None or self.include.match_file(name)


def to_globs(include: Sequence[str], exclude: Sequence[str]) -> Globs:
    """Parse the patterns of `--include` and `--exclude`.

    Raises:
        UsageError: if a pattern is no glob.
    """
    return Globs(_parse(include, "--include") if include else None, _parse(exclude, "--exclude"))


def _parse(patterns: Iterable[str], where: str) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise UsageError(f"{where}: not a valid glob: {error}") from error


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files from the directory argument down to one folder, as git reads them.

    `levels` holds, outermost first, how many parts of a relative path lie above the folder of an
    ignore file, and its patterns. The innermost file that names a path decides.
    """

    levels: tuple[tuple[int, GitIgnoreSpec], ...] = ()

    def below(self, folder: Path, depth: int) -> IgnoreRules:
        """Return these rules and those of the ignore file in `folder`, if it has one.

        `depth` is the number of parts from the directory argument to `folder`.

        Raises:
            UsageError: if the ignore file cannot be read as text, or holds a broken pattern.
        """
        file = folder / IGNORE_FILE
        if not file.is_file():
            return self
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot read the ignore file: {error}") from error
        return IgnoreRules((*self.levels, (depth, _parse(lines, str(file)))))

    def ignore(self, relative: PurePath, *, is_folder: bool) -> bool:
        """Tell whether a path, relative to the directory argument, is left out."""
        for depth, spec in reversed(self.levels):
            name = "/".join(relative.parts[depth:]) + ("/" if is_folder else "")
            decision = spec.check_file(name).include
            if decision is not None:
                return decision
        return False
