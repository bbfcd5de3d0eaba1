"""Images behind URIs (`s3://`, `gs://`, ...): found and fetched as Ray Data reads them.

That is by pyarrow's file systems, else by fsspec's. Credentials come from where those look for
them (environment, configuration files, the machine's role), or stand in the URI; what is shown of
a URI never holds them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from inpaintscan.errors import first_line
from inpaintscan.findings import Finding
from inpaintscan.images import EXTENSIONS, ImageFile
from inpaintscan.images.find import CONTACT_SHEET, LABELS, SHEET_REASON, Skip
from inpaintscan.images.ignore import Globs
from inpaintscan.images.unread import unread_reason

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


AT_ONCE = 16
"""Files of a batch that are fetched at a time."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two characters or more: C:// is a drive


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile(ImageFile):
    """An image behind a URI. `path` is only its name; it is opened by `open_in`."""

    root: str
    """The URI as given, credentials and options included: never shown."""
    key: str
    """The file's path within the file system of `root`."""


def is_uri(text: str) -> bool:
    """Tell whether a path given by the user is a URI."""
    return _SCHEME.match(text) is not None


def shown_uri(uri: str) -> str:
    """Return a URI without user, password and options; a path as it is."""
    if not is_uri(uri):
        return uri
    scheme, _, rest = uri.partition("://")
    place = rest.partition("?")[0]
    authority, slash, path = place.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}".rstrip("/")


def find_uri(uri: str, globs: Globs, skip: Skip) -> Iterator[RemoteFile | Finding]:
    """Find the images that a URI names: itself, or all below it, folder by folder in sorted order.

    Files of a folder are taken by their ending. What cannot be listed is a Finding with an error.
    """
    shown = shown_uri(uri)
    try:
        system, key = _open_system(uri)
        info = system.get_file_info(key)
        kind = info.type.name
    except (OSError, ValueError, ImportError) as error:
        yield Finding(shown, "error", error=_reason(uri, error))
        return
    relative = PurePosixPath(PurePosixPath(key).name)
    if kind == "Directory":
        yield from _walk(uri, system, key, PurePosixPath(), globs, skip)
    elif kind == "NotFound":
        yield Finding(shown, "error", error="there is no such file or folder")
    elif globs.admits(relative):
        yield RemoteFile(Path(shown), shown, relative, named=True, root=uri, key=key)
    else:
        skip(Path(shown), "excluded")


def fetch_all(files: Sequence[ImageFile | Finding], folder: Path) -> list[ImageFile | Finding]:
    """Copy the remote ones of some files into `folder`, several at a time.

    Returns:
        The files in their order, those that were copied with their new path, and a Finding in
        place of each that cannot be read.
    """

    def bring(number: int, file: ImageFile | Finding) -> ImageFile | Finding:
        if not isinstance(file, RemoteFile):
            return file
        path = folder / f"{number}.image"
        try:
            system, _ = _open_system(file.root)
            with system.open_input_stream(file.key) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except (OSError, ValueError, ImportError) as error:
            return Finding(file.name, "error", error=_reason(file.root, error))
        return ImageFile(path, file.name, file.relative, named=file.named)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as pool:
        return list(pool.map(bring, range(len(files)), files))


def _walk(
    uri: str, system: FileSystem, folder: str, below: PurePosixPath, globs: Globs, skip: Skip
) -> Iterator[RemoteFile | Finding]:
    """Yield the images below one folder, files and folders together in the order of their names."""
    from pyarrow.fs import FileSelector

    shown = shown_uri(uri)
    try:
        infos = sorted(system.get_file_info(FileSelector(folder)), key=lambda info: info.base_name)
    except (OSError, ValueError) as error:
        name = f"{shown}/{below}" if below.parts else shown
        yield Finding(name, "error", error=_reason(uri, error))
        return
    names = {info.base_name for info in infos}
    for info in infos:
        relative = below / info.base_name
        if info.type.name == "Directory":
            yield from _walk(uri, system, info.path, relative, globs, skip)
            continue
        name = f"{shown}/{relative}"
        if relative.suffix.lower() not in EXTENSIONS:
            skip(Path(name), unread_reason(b"", relative.suffix) or "not an image")
        elif not globs.admits(relative):
            skip(Path(name), "excluded")
        elif relative.name == CONTACT_SHEET and LABELS in names:
            skip(Path(name), SHEET_REASON)
        else:
            yield RemoteFile(Path(name), name, relative, named=False, root=uri, key=info.path)


@lru_cache(maxsize=32)
def _open_system(uri: str) -> tuple[FileSystem, str]:
    """Return the file system of a URI and the path in it; opened once per process.

    Raises:
        OSError: if it cannot be reached.
        ValueError: if the URI is none.
        ImportError: if a package for its scheme is missing.
    """
    from pyarrow import fs

    try:
        system, key = fs.FileSystem.from_uri(uri)
    except ValueError:  # a scheme of fsspec's, or characters that pyarrow wants quoted
        return _open_by_fsspec(uri)
    return system, str(key)


def _open_by_fsspec(uri: str) -> tuple[FileSystem, str]:
    import fsspec
    from pyarrow import fs

    scheme = uri.partition("://")[0].lower()
    if scheme in {"s3", "gs", "gcs", "hdfs", "viewfs", "abfs", "abfss", "file"}:
        system, key = fs.FileSystem.from_uri(quote(uri, safe="/:@?&=%+,;~"))
        return system, str(key)
    system, key = fsspec.core.url_to_fs(uri)
    return fs.PyFileSystem(fs.FSSpecHandler(system)), str(key)


def _reason(uri: str, error: Exception) -> str:
    """Say in one line why a URI cannot be read, without what must not be shown of it."""
    text = first_line(error).replace(uri, shown_uri(uri))
    for secret in _secrets(uri):
        text = text.replace(secret, "...")
    return f"cannot read: {text}"


def _secrets(uri: str) -> list[str]:
    """Return the parts of a URI that are never shown: user, password, options that hold keys."""
    place, _, options = uri.partition("://")[2].partition("?")
    user = place.partition("/")[0].rpartition("@")[0]
    parts = [user, *user.split(":")]
    for option in options.split("&"):
        name, _, value = option.partition("=")
        if re.search("key|token|secret|pass|sig|cred", name, re.IGNORECASE):
            parts.append(value)
    parts += [unquote(part) for part in parts]
    return sorted({part for part in parts if len(part) > 2}, key=len, reverse=True)
