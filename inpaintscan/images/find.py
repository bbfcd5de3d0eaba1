"""Find the images that a user's paths name."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from stat import S_IFDIR, S_IFREG, S_ISDIR, S_ISREG

from inpaintscan.findings import Finding
from inpaintscan.images.content import FileContent
from inpaintscan.images.formats import EXTENSIONS, is_heif
from inpaintscan.images.ignore import Globs, IgnoreRules, Warn, to_globs
from inpaintscan.images.names import record_name
from inpaintscan.images.unread import unread_reason

Skip = Callable[[Path, str], None]
"""Called for each path left out, with the reason: one of `PLAIN_REASONS`, or why a picture was
passed over, and what to do."""

CONTACT_SHEET, LABELS = "contact-sheet.jpg", "labels.csv"
"""What gen-data writes beside the images of a set: a picture of some of them, and the table."""
SHEET_REASON = "contact sheet of a data set, made of its images: name the file to scan it"
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
    content: FileContent | None = None
    """Its bytes, where they were read before the scan: they are not read again."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What stays the same while one directory argument is walked."""

    prefix: str
    root: Path
    globs: Globs
    skip: Skip
    warn: Warn
    visited: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Place:
    """A name below a directory argument, and the ignore rules that hold for it."""

    path: Path
    relative: PurePath
    rules: IgnoreRules
    is_folder: bool
    """As the folder lists it: known also where the file itself cannot be looked up."""


def find_images(
    paths: Iterable[str | Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    on_skip: Skip | None = None,
    on_warning: Warn | None = None,
) -> Iterator[ImageFile | Finding]:
    """Find the images that `paths` name, lazily: files as they are, directories in sorted order.

    A directory's files are taken by their ending, or, where the ending is no image's, by the first
    bytes of a JPEG, PNG, GIF, WebP, AVIF or HEIC. What cannot be opened, or even looked up, comes
    as a Finding with an error in its place. Linked directories are followed where they lead out of
    the argument, and each only once, so loops end.

    Args:
        paths: files and directories; an endless iterable is fine.
        include: gitignore patterns; a file must match one (if there are any).
        exclude: gitignore patterns of what is left out, stronger than `include`.
        on_skip: called for every file (or ignored directory) left out.
        on_warning: called with what is wrong with an ignore file; by default a Python warning.

    Raises:
        UsageError: for a bad pattern.
    """
    globs = to_globs(include, exclude)
    skip = on_skip or (lambda _path, _reason: None)
    warn = on_warning or (lambda text: warnings.warn(text, stacklevel=2))

    return _find_all(paths, lambda prefix, root: _Walk(prefix, root, globs, skip, warn))


def in_shard(name: str, shard: tuple[int, int] | None) -> bool:
    """Tell whether a record's name belongs to the I-th of N parts."""
    if shard is None:
        return True
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:8], "big") % shard[1] == shard[0] - 1


def _find_all(
    paths: Iterable[str | Path], walk_of: Callable[[str, Path], _Walk]
) -> Iterator[ImageFile | Finding]:
    for given in paths:
        path = Path(given)
        try:
            is_folder = S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError):  # reading it says why not
            is_folder = False
        if is_folder:
            prefix = "" if str(path) == "." else os.fspath(given).rstrip("/" + os.sep) + "/"
            yield from _walk(walk_of(prefix, path))
        else:
            yield from _named_file(walk_of("", path), path, os.fspath(given))


def _named_file(walk: _Walk, path: Path, given: str) -> Iterator[ImageFile | Finding]:
    relative = PurePath(path.name)
    if walk.globs.admits(relative):
        yield ImageFile(path, record_name(given), relative, named=True)
    else:
        walk.skip(path, "excluded")


def _walk(walk: _Walk) -> Iterator[ImageFile | Finding]:
    """Yield the images of a folder, files and folders together in the order of their names.

    Without recursion: folders may lie deeper in each other than Python's calls.
    """
    waiting = [_Place(walk.root, PurePath(), IgnoreRules(), is_folder=True)]
    while waiting:
        place = waiting.pop()
        mode = _mode(place)
        if S_ISDIR(mode):
            if not _enters(walk, place):
                continue
            try:
                waiting += reversed(_places_in(walk, place))
            except OSError as error:
                name = record_name(walk.prefix + place.relative.as_posix())
                reason = f"cannot read the directory: {error.strerror}"
                yield Finding(name, "error", error=reason)
        elif place.rules.ignore(place.relative, is_folder=False):
            walk.skip(place.path, "ignored")
        elif _is_contact_sheet(place.path):
            walk.skip(place.path, SHEET_REASON if walk.globs.admits(place.relative) else "excluded")
        elif not _is_candidate(place.path, mode):
            walk.skip(place.path, _why_not(walk, place, mode))
        elif not walk.globs.admits(place.relative):
            walk.skip(place.path, "excluded")
        else:
            name = record_name(walk.prefix + place.relative.as_posix())
            yield ImageFile(place.path, name, place.relative, named=False)


def _is_contact_sheet(path: Path) -> bool:
    """Tell whether a file of a folder is the sheet that gen-data wrote beside its table."""
    if path.name != CONTACT_SHEET:
        return False
    try:
        return path.with_name(LABELS).is_file()
    except OSError:
        return False


def _enters(walk: _Walk, place: _Place) -> bool:
    """Tell whether a folder is to be looked into; a link back is met under its own name."""
    if place.path == walk.root:
        return True
    if _leads_into(place.path, walk.root):
        return False
    if place.rules.ignore(place.relative, is_folder=True):
        walk.skip(place.path, "ignored")
        return False
    return True


def _places_in(walk: _Walk, place: _Place) -> list[_Place]:
    """Return what a folder holds, by name; nothing the second time.

    Raises:
        OSError: if it cannot be read.
    """
    status = place.path.stat()
    with os.scandir(place.path) as entries:
        names = sorted((entry.name, _is_folder(entry)) for entry in entries)
    if (status.st_dev, status.st_ino) in walk.visited:
        return []
    walk.visited.add((status.st_dev, status.st_ino))
    rules = place.rules.below(place.path, len(place.relative.parts), walk.warn)
    return [
        _Place(place.path / name, place.relative / name, rules, is_folder)
        for name, is_folder in names
    ]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _mode(place: _Place) -> int:
    """Return what a name of a folder is. Where that cannot be looked up its ending decides.

    A dangling link, a loop of links, a folder without the right to enter it: what ends as an image
    does is taken for a file, and reading it says why not; all else is taken for nothing.
    """
    try:
        return place.path.stat().st_mode
    except OSError:
        if place.is_folder:
            return S_IFDIR
        return S_IFREG if place.path.suffix.lower() in EXTENSIONS else 0


def _leads_into(path: Path, root: Path) -> bool:
    """Tell whether a path is a link to something below `root`."""
    try:
        return path.is_symlink() and path.resolve().is_relative_to(root.resolve())
    except OSError:
        return False


def _why_not(walk: _Walk, place: _Place, mode: int) -> str:
    """Return why a file that is no candidate is passed over."""
    path = place.path
    if not S_ISREG(mode) or path.name.startswith("._") or not walk.globs.admits(place.relative):
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
        return S_ISREG(mode)
    if not S_ISREG(mode):
        return False
    return _looks_like_image(_beginning(path))


def _looks_like_image(prefix: bytes) -> bool:
    if prefix.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return True
    if prefix[:4] == b"RIFF":
        return prefix[8:12] == b"WEBP"
    return prefix[4:12] in {b"ftypavif", b"ftypavis"} or is_heif(prefix)
