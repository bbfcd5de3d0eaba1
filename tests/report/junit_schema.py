"""What the schema of JUnit reports asks for, as Jenkins and the tools that follow it read them.

For each element: its attributes with their forms, needed and optional ones, and the elements inside
it in the order in which they have to stand, with how many there may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

TEXT, COUNT = r"(?s).+", r"\d+"
SECONDS, MOMENT = r"\d+(\.\d+)?", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
MANY = 1_000_000


@dataclass(frozen=True)
class Element:
    needed: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    inside: tuple[tuple[str, int, int], ...] = ()
    has_text: bool = False


_RESULT = {"type": TEXT, "message": TEXT}
_COUNTS = dict.fromkeys(("failures", "errors", "skipped"), COUNT)
ELEMENTS = {
    "testsuites": Element(inside=(("testsuite", 1, MANY),)),
    "testsuite": Element(
        {"name": TEXT, "tests": COUNT, "time": SECONDS, "timestamp": MOMENT, **_COUNTS},
        inside=(("properties", 0, 1), ("testcase", 0, MANY)),
    ),
    "properties": Element(inside=(("property", 1, MANY),)),
    "property": Element({"name": TEXT, "value": r"(?s).*"}),
    "testcase": Element(
        {"name": TEXT, "classname": TEXT, "time": SECONDS},
        inside=(("skipped", 0, 1), ("error", 0, 1), ("failure", 0, 1)),
    ),
    "skipped": Element({}, {"message": TEXT}),
    "error": Element(_RESULT, has_text=True),
    "failure": Element(_RESULT, has_text=True),
}


def problems(text: str) -> list[str]:
    """Return what of a report does not fit the schema, or disagrees with its own totals."""
    root = ET.XML(text.encode())
    found = [] if root.tag == "testsuites" else [f"the root is {root.tag}"]
    for element in root.iter():
        found += _problems_of(element)
    for suite in root.iter("testsuite"):
        totals = {"tests": "testcase", "failures": "testcase/failure"}
        totals |= {"errors": "testcase/error", "skipped": "testcase/skipped"}
        for name, path in totals.items():
            if suite.get(name) != str(len(suite.findall(path))):
                found.append(f"{name} is {suite.get(name)}, {len(suite.findall(path))} are there")
    return found


def _problems_of(element: ET.Element) -> list[str]:
    known = ELEMENTS.get(element.tag)
    if known is None:
        return [f"an element {element.tag}"]
    found = [f"{element.tag} lacks {name}" for name in known.needed if name not in element.attrib]
    forms = known.needed | known.optional
    for name, value in element.attrib.items():
        if name not in forms:
            found.append(f"{element.tag} has {name}")
        elif re.fullmatch(forms[name], value) is None:
            found.append(f"{element.tag} has {name}={value!r}")
    tags = [child.tag for child in element]
    order = [tag for tag, _, _ in known.inside]
    if not set(tags) <= set(order):
        found.append(f"{element.tag} holds {tags}")
    elif tags != sorted(tags, key=order.index):
        found.append(f"what {element.tag} holds is out of order: {tags}")
    for tag, least, most in known.inside:
        if not least <= tags.count(tag) <= most:
            found.append(f"{element.tag} holds {tags.count(tag)} {tag}")
    texts = [element.text, *(child.tail for child in element)]
    if not known.has_text and any(text and text.strip() for text in texts):
        found.append(f"{element.tag} holds text")
    return found
