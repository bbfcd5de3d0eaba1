"""Paths as the URIs of SARIF: relative to the working directory wherever they lie below it."""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import PurePath, PureWindowsPath
from types import ModuleType
from urllib.parse import quote

from inpaintscan.images.names import LONGEST_PATH, original_name

BASE_ID = "%SRCROOT%"
"""What relative URIs are relative to; code scanning maps it to the root of the checkout."""


def to_location(path: str, folder: str) -> dict[str, str]:
    """Return a path as an artifact location: relative to `folder`, or absolute if outside of it.

    GitHub refuses a report whose absolute file URIs it cannot place in the checkout. `path` is as
    in records; the URI holds the bytes that stand on the disk.
    """
    path = original_name(path)
    below = _path_below(path, folder)
    if below is not None:
        return {"uri": to_uri(below), "uriBaseId": BASE_ID}
    if folder and not _flavour(path).isabs(path):
        path = _flavour(folder).normpath(_flavour(folder).join(folder, path))
    return {"uri": to_uri(path)}


def to_folder_uri(folder: str) -> str:
    """Return an absolute folder as the URI of a base, which ends in a slash."""
    uri = to_uri(folder)
    return uri if uri.endswith("/") else f"{uri}/"


def to_uri(path: str) -> str:
    r"""Return a path as SARIF wants it: percent-encoded, relative where it is relative.

    Windows paths (`C:\photos\a.jpg`) are known by their drive letter or by running on Windows.
    """
    is_windows = _flavour(path) is ntpath
    pure = PureWindowsPath(path) if is_windows else PurePath(path)
    text = quote(
        pure.as_posix().encode("utf-8", "surrogateescape"), safe="/:" if is_windows else "/"
    )
    if not pure.is_absolute():
        return text.replace(":", "%3A")
    return f"file:///{text}" if is_windows else f"file://{text}"


def _path_below(path: str, folder: str) -> str | None:
    """Return the path from `folder` on, None if it lies outside; links are followed if need be."""
    flavour = _flavour(folder)
    if not folder or (_flavour(path) is not flavour and _flavour(path).isabs(path)):
        return None
    whole = str(flavour.join(folder, path))
    pairs = [(str(flavour.normpath(whole)), str(flavour.normpath(folder)))]
    if flavour is os.path and len(whole) <= LONGEST_PATH:
        parent, name = flavour.split(whole)
        pairs.append((flavour.join(flavour.realpath(parent), name), flavour.realpath(folder)))
    for inside, outside in pairs:
        prefix = outside if outside.endswith(flavour.sep) else outside + flavour.sep
        if inside.startswith(prefix):
            return inside.removeprefix(prefix).replace(flavour.sep, "/")
    return None


def _flavour(path: str) -> ModuleType:
    """Return the module for paths of its kind: `posixpath` or `ntpath`."""
    windows = PureWindowsPath(path)
    is_windows = os.name == "nt" or (len(windows.drive) == 2 and windows.is_absolute())
    return ntpath if is_windows else posixpath
