"""The paths to scan: arguments, standard input, lists in files."""

from __future__ import annotations

import codecs
import os
import re
import sys
from pathlib import Path

from inpaintscan.errors import UsageError
from inpaintscan.images.unread import unread_reason
from inpaintscan.jobs.scan_options import ScanOptions

STANDARD_INPUT = "-"
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"%PDF-")
_OTHER_IMAGES = re.compile(
    rb"\0\0[\x01\x02]\0.\0|icns\0|DDS \x7c|v/1\x01|qoif\0|%!PS-Adobe|#\?(?:RADIANCE|RGBE)\n"
    rb"|P[1-7]\s(?:#[^\n]*+\n)?\s*+\d++\s++\d++\s"
    rb"|\s*+(?:<\?xml[^>]*+>)?+\s*+(?:<!--[^>]*+>)?+\s*+(?:<!DOCTYPE svg[^>]*+>)?+\s*+<svg[\s>]",
    re.DOTALL,
)
"""How files begin that are never read, and whose lines could only by chance be paths."""
_HEAD_BYTES, _TEXT_HEAD = 64, 1024
_MOST_BYTES = 256 * 1024 * 1024
"""Of a list of paths."""


def read_paths(options: ScanOptions) -> list[str]:
    """Return all paths that were named, in the order they were named.

    Raises:
        UsageError: if none was named at all, one is empty, or a list cannot be read. An empty
            list is fine.
    """
    arguments = options.paths
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
    r"""Return the paths of a list: one a line (`\n`, `\r\n`) or NUL-separated, no blank ones.

    A byte order mark is taken off; UTF-16, as PowerShell writes it, is read by its mark, or, where
    it has none, by the zeros of its letters, and UTF-32 by its mark.

    Raises:
        UsageError: for the bytes of an image, or UTF-16 or UTF-32 that is cut off.
    """
    if _is_image(text):
        raise UsageError(
            "these are the bytes of an image, not a list of paths: save the image and name its file"
        )
    encoding = _wide_encoding(text, null=null)
    if encoding is not None:
        try:
            text = os.fsencode(text.decode(encoding))
        except UnicodeError as error:
            name = encoding[:6].upper()
            raise UsageError(f"the list of paths is no whole {name}: {error}") from error
    text = text.removeprefix(codecs.BOM_UTF8)
    if null:
        pieces = text.split(b"\0")
    else:
        pieces = [line.removesuffix(b"\r") for line in text.split(b"\n")]
    return [os.fsdecode(piece) for piece in pieces if piece]


def _wide_encoding(text: bytes, *, null: bool) -> str | None:
    """Return the encoding of a list whose letters take two bytes or four; None for all others.

    Without a mark, most letters of UTF-16 have a byte that is zero, always at the same place.
    """
    if text.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    halves = text[0::2], text[1::2]
    for encoding, letters, zeros in (("utf-16-le", *halves), ("utf-16-be", *halves[::-1])):
        if not null and 2 * zeros.count(0) > len(zeros) and 0 not in letters:
            return encoding
    return None


def _is_image(text: bytes) -> bool:
    """Tell whether a list is none, but an image, of a format that is read or one that is not."""
    is_unread = unread_reason(text[:_HEAD_BYTES], "") is not None
    return (
        text.startswith(_IMAGES)
        or _OTHER_IMAGES.match(text[:_TEXT_HEAD]) is not None
        or (text.startswith(b"RIFF") and text[8:12] == b"WEBP")
        or (text.startswith(b"BM") and text[6:10] == bytes(4))
        or (text.startswith((b"GIF87a", b"GIF89a")) and b"\0" in text[6:32])
        or (text.startswith(b"\0") and text[4:8] == b"ftyp")
        or (is_unread and any(byte in text[:_HEAD_BYTES] for byte in (b"\0", b"\xff\n")))
    )


def _read_list(name: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            if sys.stdin is None:
                raise UsageError("-: standard input is closed: no paths can be read from it")
            text = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot read the list: {error.strerror or error}") from error
    if len(text) > _MOST_BYTES:
        raise UsageError(f"{name}: a list of over {_MOST_BYTES >> 20} MiB is not read: split it")
    return text
