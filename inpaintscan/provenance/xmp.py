"""XMP packets: digital source type, software, prompts, and where a manifest is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from xml.parsers import expat

from inpaintscan.findings import Evidence
from inpaintscan.provenance.blocks import Block, shorten, text_block
from inpaintscan.provenance.c2pa import source_name
from inpaintscan.provenance.parameters import read_text

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SOURCE_TYPES = {"DigitalSourceType", "digitalSourceType"}
_SOFTWARE = {"CreatorTool", "softwareAgent", "Software"}
_TEXTS = {"UserComment", "description", "parameters", "prompt"}
_STATEMENTS = {"AIGC", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation"}
"""China's label of synthetic content (GB 45438-2025), and the properties of IPTC 2025.1."""
_READ = _SOURCE_TYPES | _SOFTWARE | _TEXTS | _STATEMENTS | {"Credit", "provenance"}
_PROPERTY_LIMIT = 65_536
"""Different properties, of those that are read."""
_LOOSE_SOURCE_TYPE = re.compile(
    r"[<\s](?:[\w.-]{1,64}:)?[Dd]igitalSourceType\b[^<>\"']{0,64}"
    r"(?:=\s{0,16}[\"']|>\s{0,64}(?:<[^<>]{0,128}>\s{0,64}){0,3})([^<>\"']{1,256})[\"'<]"
)
"""An attribute or an element, whatever stands around it; no part of it repeats without bound."""
_DECLARATION = re.compile(r"^<\?xml\s[^>]*>")
_ROOT = re.compile(r"<(?:[\w.-]{1,64}:)?(?:xmpmeta|xapmeta|RDF)[\s>]")
_ROOTS_TRIED = 4
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[1-9]\d{0,5}|#x[1-9a-f][0-9a-f]{0,4});)", re.I
)
_MADE = re.compile(r"\b(?:made|edited|created|generated) (?:with|by|using)\b", re.I)
_AI = re.compile(r"\bAI\b")


def read_packet(block: Block) -> Iterator[Evidence]:
    """Yield what an XMP packet states; of a damaged one, what stands before the damage."""
    for name, value in _properties(block.data):
        if name not in _READ:
            continue
        where = f"{block.where} {name}"
        if name in _SOURCE_TYPES:
            yield Evidence("iptc-digital-source-type", source_name(value), where)
        elif name in _SOFTWARE or (name == "Credit" and states_ai(value)):
            yield Evidence("software", shorten(value), where)
        elif name in _STATEMENTS:
            yield Evidence("generation-parameters", shorten(f"{name}: {value}"), where)
        elif name in _TEXTS:
            yield from read_text(text_block(block.where, name, value))
        elif name == "provenance" and not value.startswith("self#"):
            yield Evidence("c2pa", shorten(f"manifest kept elsewhere: {value}"), where)


def states_ai(credit: str) -> bool:
    """Tell whether a credit line names AI, as "Made with Google AI" does."""
    for line in credit.splitlines():
        made = _MADE.search(line)
        if made is not None and _AI.search(line, made.end()):
            return True
    return False


def _properties(data: bytes) -> list[tuple[str, str]]:
    """Return name (without namespace) and text of each property that is read, in order.

    A packet with bytes that no XML may hold, or a document type, is read again without them: one
    letter in another encoding, or a bare `&`, must not hide all that comes after it. Of one that
    is no XML even so, source types are still read, by the looks of them.
    """
    found, whole = _parse(data.strip(b"\0 \t\r\n"))
    if not whole:
        text = _to_text(data)
        found = max(found, *(_parse(packet)[0] for packet in _mended(text)), key=len)
        found += [("DigitalSourceType", one[1]) for one in _LOOSE_SOURCE_TYPE.finditer(text)]
    read = dict.fromkeys(one for one in found if one[0] in _READ)
    return list(islice(read, _PROPERTY_LIMIT))


def _to_text(data: bytes) -> str:
    """Return a packet as text from its first `<` on, in the encoding that the zeros there tell."""
    start = data.find(b"<")
    before, behind = data[max(0, start - 3) : max(0, start)], data[start + 1 : start + 4]
    if behind == bytes(3):
        return data[start:].decode("utf-32-le", "replace")
    if before == bytes(3):
        return data[start - 3 :].decode("utf-32-be", "replace")
    if behind[:1] == b"\0":
        return data[start:].decode("utf-16-le", "replace")
    if before[-1:] == b"\0" and behind[1:2] == b"\0":
        return data[start - 1 :].decode("utf-16-be", "replace")
    return data[max(0, start) :].decode("utf-8", "replace")


def _mended(text: str) -> Iterator[bytes]:
    """Yield a packet as UTF-8 that XML may hold, whatever encoding it says it has.

    Of one with a document type, what may be its content: that from each of the first elements on
    that XMP begins with.
    """
    text = _DECLARATION.sub("", text.strip("\0 \t\r\n"))
    text = _BARE_AMPERSAND.sub("&amp;", _NOT_IN_XML.sub(" ", text))
    yield text.encode("utf-8", "replace")
    if "<!DOCTYPE" in text:
        for root in islice(_ROOT.finditer(text), _ROOTS_TRIED):
            yield text[root.start() :].encode("utf-8", "replace")


def _parse(data: bytes) -> tuple[list[tuple[str, str]], bool]:
    """Return the properties up to the first damage, and whether there was none.

    A property may be an attribute, an element, a resource or a list; all are read alike. Document
    types are refused, so no entity or default value can swell. Prefixes are not replaced by the
    addresses they stand for: each name would be as long as its address, which is of any length.
    """
    found: list[tuple[str, str]] = []
    open_names: list[str] = []
    texts: list[list[str]] = []
    rdf = {"rdf"}

    def start(tag: str, attributes: dict[str, str]) -> None:
        rdf.update(key[6:] for key, value in attributes.items() if value == _RDF)
        prefix, _, name = tag.rpartition(":")
        open_names.append(open_names[-1] if prefix in rdf and open_names else name)
        texts.append([])
        for key, value in attributes.items():
            prefix, _, attribute = key.rpartition(":")
            if prefix == "xmlns":
                continue
            if prefix not in rdf:
                found.append((attribute, value))
            elif attribute == "resource":
                found.append((open_names[-1], value))

    def end(_tag: str) -> None:
        text = "".join(texts.pop()).strip()
        name = open_names.pop()
        if text:
            found.append((name, text))

    def characters(text: str) -> None:
        if texts:
            texts[-1].append(text)

    def refuse(*_: object) -> None:
        raise ValueError("document types are not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        return found, False
    return found, True
