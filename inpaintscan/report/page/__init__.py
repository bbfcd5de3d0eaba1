"""The page of the HTML report: plain files, put together into one that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources

SCRIPTS = ("data.js", "list.js", "viewer.js", "keys.js")
"""In the order they run, as one script."""

_RECORDS_MARK = "<!-- records -->\n"


def page_parts() -> tuple[str, str]:
    """Return the page before and after the records.

    `{{header}}` in the first part and `{{summary}}` in the second are left to be filled. The policy
    in the head allows this very script and style, pictures inside the page, and nothing else.
    """
    script = '"use strict";\n(() => {\n' + "\n".join(map(read_asset, SCRIPTS)) + "})();\n"
    style = read_asset("style.css")
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = read_asset("report.html")
    for name, value in (("policy", policy), ("style", style), ("script", script)):
        page = page.replace("{{" + name + "}}", value)
    before, _, after = page.partition(_RECORDS_MARK)
    return before, after


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
