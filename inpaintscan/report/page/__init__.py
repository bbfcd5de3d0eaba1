"""The page of the HTML report and of `detect --serve`: plain files, put together into one."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from inpaintscan.report.heat import heat_gradient
from inpaintscan.report.run import RunHeader
from inpaintscan.report.text import printable
from inpaintscan.report.words import limits_text, settings_in_words

_SCRIPTS = ("data.js", "list.js", "viewer.js", "print.js", "keys.js")
_LIVE_SCRIPTS = (*_SCRIPTS, "drop.js")
_RECORDS_MARK = "<!-- records -->\n"


@dataclass(frozen=True, slots=True)
class Page:
    """The page before and after the records, and the policy that its head states.

    `{{header}}` (and `{{token}}` in the live page) in the first part and `{{summary}}` in the
    second are left to be filled. The policy allows this very script and style, pictures inside the
    page, and nothing else; the live page may also talk to the server it came from.
    """

    before: str
    after: str
    policy: str


@cache
def build_page(*, live: bool = False) -> Page:
    """Put the page together; `live` is the one that scans what is dropped on it."""
    names = _LIVE_SCRIPTS if live else _SCRIPTS
    script = '"use strict";\n(() => {\n' + "\n".join(map(read_asset, names)) + "})();\n"
    style = read_asset("style.css").replace("{{heat}}", heat_gradient())
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            *(("connect-src 'self'",) if live else ()),
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    values = {"policy": policy, "style": style, "script": script}
    values |= {"top": read_asset("drop.html")} if live else {"top": "", "token": ""}
    page = read_asset("report.html")
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", value)
    before, _, after = page.partition(_RECORDS_MARK)
    return Page(before, after, policy)


def header_for_page(header: RunHeader) -> str:
    """Return the header for the page's script element, with limits and settings in words too."""
    words = {"limits": limits_text(header), "words": settings_in_words(header)}
    return to_script_json(header.to_dict() | words)


def record_for_page(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with what the page shows instead of its path and error, where that differs.

    An override of the reading direction cannot hide the ending of a name there.
    """
    texts = {name: record[name] for name in ("path", "error") if record[name] is not None}
    shown = {name: printable(text) for name, text in texts.items()}
    return record if shown == texts else record | {"shown": shown}


def to_script_json(value: object) -> str:
    """Return JSON that can stand in a script element, whatever names and texts it holds.

    ASCII only, so half a surrogate pair (an undecodable file name) can be written too; without
    `<`, so nothing can close the element or open a comment.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def read_asset(name: str) -> str:
    """Return a file of the page."""
    return (resources.files(__name__) / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    """Return the source expression that allows an inline element with this content."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
