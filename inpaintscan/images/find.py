"""Find the images that a user's paths name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG

from inpaintscan.errors import UsageError
from inpaintscan.findings import Finding
from inpaintscan.images.ignore import Globs, IgnoreRules, to_globs
from inpaintscan.images.read import EXTENSIONS, is_heif
from inpaintscan.images.unread import unread_reason

Skip = Callable[[Path, str], None]
"""Called for each path left out, with the reason: one of `PLAIN_REASONS`, or why a picture of a
format that is not read was passed over, and what to do."""

PLAIN_REASONS = ("not an image", "ignored", "excluded")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file to be read as an image."""

    path: Path
    """What to open."""
    name: str
    """The path as records show it: as given, or directory argument, slash, part below it."""
    relative: PurePath
    """The part below the directory argument; the file's name where the file itself was given."""
    named: bool
    """Given itself, not found in a directory."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What stays the same while one directory argument is walked."""

    prefix: str
    root: Path
    globs: Globs
    ignore_files: bool
    skip: Skip
    visited: set[tuple[int, int]]


def find_images(
    paths: Iterable[str | Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    ignore_files: bool = True,
    shard: tuple[int, int] | None = None,
    on_skip: Skip | None = None,
) -> Iterator[ImageFile | Finding]:
    """Find the images that `paths` name, lazily: files as they are, directories in sorted order.

    A directory's files are taken by their ending, or, where the ending is no image's, by the first
    bytes of a JPEG, PNG, GIF, WebP, AVIF or HEIC. What cannot be opened comes as a Finding with
    an error in its place. Linked directories are followed where they lead out of the argument, and
    each only once, so loops end.

    Args:
        paths: files and directories; an endless iterable is fine.
        include: gitignore patterns; a file must match one (if there are any).
        exclude: gitignore patterns of what is left out, stronger than `include`.
        ignore_files: whether `.inpaintscanignore` files in scanned directories count.
        shard: (I, N) takes the I-th of N parts, 1 <= I <= N, by a hash of the name in records.
        on_skip: called for every file (or ignored directory) left out, other shards excepted.

    Raises:
        UsageError: for a bad pattern or shard.
    """
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise UsageError(f"shard {shard[0]}/{shard[1]}: must be I/N with 1 <= I <= N")
    globs = to_globs(include, exclude)
    skip = on_skip or (lambda _path, _reason: None)
    return _find_all(paths, globs, ignore_files, skip, shard)


def in_shard(name: str, shard: tuple[int, int] | None) -> bool:
    """Tell whether a record's name belongs to the I-th of N parts."""
    if shard is None:
        return True
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:8], "big") % shard[1] == shard[0] - 1


def _find_all(
    paths: Iterable[str | Path],
    globs: Globs,
    ignore_files: bool,
    skip: Skip,
    shard: tuple[int, int] | None,
) -> Iterator[ImageFile | Finding]:
    for given in paths:
        path = Path(given)
        if path.is_dir():
            prefix = "" if str(path) == "." else os.fspath(given).rstrip("/" + os.sep) + "/"
            walk = _Walk(prefix, path, globs, ignore_files, skip, set())
            found = _walk_folder(walk, path, PurePath(), IgnoreRules())
        else:
            found = _named_file(path, os.fspath(given), globs, skip)
        for item in found:
            if in_shard(item.name if isinstance(item, ImageFile) else item.path, shard):
                yield item


def _named_file(path: Path, given: str, globs: Globs, skip: Skip) -> Iterator[ImageFile | Finding]:
    relative = PurePath(path.name)
    if globs.admits(relative):
        yield ImageFile(path, _record_name(given), relative, named=True)
    else:
        skip(path, "excluded")


def _walk_folder(
    walk: _Walk, folder: Path, relative: PurePath, rules: IgnoreRules
) -> Iterator[ImageFile | Finding]:
    """Yield the images below one folder, files and folders together in the order of their names."""
    try:
        status = folder.stat()
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        name = _record_name(walk.prefix + relative.as_posix())
        yield Finding(name, "error", error=f"cannot read the directory: {error.strerror}")
        return
    if (status.st_dev, status.st_ino) in walk.visited:
        return
    walk.visited.add((status.st_dev, status.st_ino))
    if walk.ignore_files:
        rules = rules.below(folder, len(relative.parts))
    for name in names:
        yield from _visit(walk, folder / name, relative / name, rules)


def _visit(
    walk: _Walk, path: Path, relative: PurePath, rules: IgnoreRules
) -> Iterator[ImageFile | Finding]:
    try:
        mode = path.stat().st_mode
    except OSError:  # a dangling link, a loop of links: reading it says why
        mode = path.lstat().st_mode if path.suffix.lower() in EXTENSIONS else 0
    is_folder = S_ISDIR(mode)
    if is_folder and path.is_symlink() and path.resolve().is_relative_to(walk.root.resolve()):
        return  # it is met under its own name
    if rules.ignore(relative, is_folder=is_folder):
        walk.skip(path, "ignored")
    elif is_folder:
        yield from _walk_folder(walk, path, relative, rules)
    elif not _is_candidate(path, mode):
        walk.skip(path, _why_not(walk, path, relative, mode))
    elif not walk.globs.admits(relative):
        walk.skip(path, "excluded")
    else:
        name = _record_name(walk.prefix + relative.as_posix())
        yield ImageFile(path, name, relative, named=False)


def _why_not(walk: _Walk, path: Path, relative: PurePath, mode: int) -> str:
    """Return why a file that is no candidate is passed over."""
    if not S_ISREG(mode) or path.name.startswith("._") or not walk.globs.admits(relative):
        return "not an image"
    return unread_reason(_beginning(path), path.suffix) or "not an image"


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(32)
    except OSError:
        return b""


def _is_candidate(path: Path, mode: int) -> bool:
    """Tell whether a file of a directory is to be read as an image."""
    if path.name.startswith("._"):  # what macOS leaves beside a file on foreign disks
        return False
    if path.suffix.lower() in EXTENSIONS:
        return bool(mode) and (S_ISREG(mode) or path.is_symlink())
    if not S_ISREG(mode):
        return False
    return _looks_like_image(_beginning(path))


def _looks_like_image(prefix: bytes) -> bool:
    if prefix.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return True
    if prefix[:4] == b"RIFF":
        return prefix[8:12] == b"WEBP"
    return prefix[4:12] in {b"ftypavif", b"ftypavis"} or is_heif(prefix)


def _record_name(text: str) -> str:
    r"""Return a path as text that any file can hold: undecodable bytes as `\xNN`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
