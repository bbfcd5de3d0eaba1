"""C2PA manifests (Content Credentials): presence, maker and declared source type.

The boxes are read here without any library; whether the signature holds is known only with the
extra `c2pa`. C2PA 2.2: a JUMBF superbox `c2pa` of manifests, the last of which is the active one.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from inpaintscan.errors import MissingExtraError, UsageError
from inpaintscan.findings import Evidence, Signature
from inpaintscan.provenance.blocks import DAMAGE, STEP_LIMIT, Block, shorten
from inpaintscan.provenance.cbor import Budget, decode_cbor

_DEPTH_LIMIT = 8
_SOURCE_KEY = "digitalsourcetype"
_PARTS = re.compile(r"[/#:]")
_EMBEDDED, _DAMAGED = "manifest by", ", damaged"
_BROKEN = re.compile(
    r"\.mismatch\Z|^(?:assertion|claim|claim\.hardBindings|claimSignature)\.missing\Z"
    r"|^assertion\.undeclared\Z"
)
"""The library's names for a hash that does not fit, and for parts taken out or put in."""
_LACKING = re.compile(
    r"^(?:AssertionNotFound|Manifest: .*missing|Verify: .*(?:box was|superbox) not found)"
)
"""The same, where the library gives up at it."""


def read_manifests(block: Block) -> Iterator[Evidence]:
    """Yield the presence of a manifest store, and each digital source type declared inside it.

    A store that cannot be followed to its end is still noted.
    """
    if b"c2pa" not in block.data[:64]:
        return
    leaves, damaged = _decode_leaves(block.data)
    manifests = list(dict.fromkeys(labels[1] for labels, _ in leaves if len(labels) > 1))
    active = manifests[-1] if manifests else ""
    names = [
        _generator(claim)
        for labels, claim in leaves
        if len(labels) > 1 and labels[1] == active and labels[-1].startswith("c2pa.claim")
    ]
    maker = (names and names[-1]) or "an unnamed tool"
    state = _DAMAGED if damaged or not manifests else ""
    yield Evidence("c2pa", shorten(f"{_EMBEDDED} {maker}{state}"), block.where)
    for labels, content in leaves:
        role = "manifest" if labels[1:2] == (active,) else "ingredient"
        for source in _source_types(content, 0):
            yield Evidence("iptc-digital-source-type", source, f"{block.where} C2PA {role}")


def is_embedded(item: Evidence) -> bool:
    """Tell whether evidence is of a manifest in the file itself, which can be checked."""
    return item.kind == "c2pa" and item.value.startswith(_EMBEDDED)


def source_name(value: str) -> str:
    """Return the last part of a digital source type's address, e.g. `trainedAlgorithmicMedia`.

    It may be a URL, a URN, or a name behind the word for its vocabulary, `digsrctype:`.
    """
    address = value.strip().partition("?")[0].rstrip("/#:;")
    return shorten(_PARTS.split(address)[-1])


def _decode_leaves(data: bytes) -> tuple[list[tuple[tuple[str, ...], object]], bool]:
    """Return the labels above, and the content, of every CBOR or JSON box; whether any is damaged.

    The content of a damaged box is None; the boxes beside it are read all the same.
    """
    leaves: list[tuple[tuple[str, ...], object]] = []
    damaged, budget = False, Budget()
    try:
        for labels, name, content in _leaves(data):
            try:
                value = decode_cbor(content, budget) if name == b"cbor" else json.loads(content)
            except DAMAGE:
                damaged, value = True, None
            leaves.append((labels, value))
    except DAMAGE:
        damaged = True
    return leaves, damaged


def _leaves(data: bytes) -> Iterator[tuple[tuple[str, ...], bytes, bytes]]:
    """Yield the labels above, the name and the content of every CBOR or JSON box.

    Raises:
        ValueError: where the boxes cannot be followed any further.
    """
    pending: list[tuple[int, int, tuple[str, ...]]] = [(0, len(data), ())]
    for _ in range(STEP_LIMIT):
        if not pending:
            return
        position, end, labels = pending.pop()
        size, header = int.from_bytes(data[position : position + 4], "big"), 8
        name = data[position + 4 : position + 8]
        if size == 1:
            size, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif size == 0:
            size = end - position
        start, stop = position + header, position + size
        if size < header or stop > end:
            raise ValueError("damaged box")
        if stop < end:
            pending.append((stop, end, labels))
        if name == b"jumb" and len(labels) < _DEPTH_LIMIT:
            first = start + int.from_bytes(data[start : start + 4], "big")
            if first > stop:
                raise ValueError("damaged box")
            if first < stop:
                pending.append((first, stop, (*labels, _label(data[start + 8 : first]))))
        elif name == b"json" or (name == b"cbor" and "c2pa.signature" not in labels):
            yield labels, name, data[start:stop]
    raise ValueError("too many boxes")


def _label(description: bytes) -> str:
    """Return the label of a JUMBF description box: 16 bytes of type, toggles, text."""
    has_label = len(description) > 17 and description[16] & 2
    return description[17:].partition(b"\0")[0].decode("utf-8", "replace") if has_label else ""


def _generator(claim: object) -> str:
    """Return who made a claim: version 2 has one record, version 1 a list or only a string."""
    if not isinstance(claim, dict):
        return ""
    info = claim.get("claim_generator_info")
    records = info if isinstance(info, list) else [info]
    names = [
        " ".join(part for part in (record["name"], record.get("version")) if isinstance(part, str))
        for record in records
        if isinstance(record, dict) and isinstance(record.get("name"), str)
    ]
    string = claim.get("claim_generator")
    return ", ".join(names) or (string if isinstance(string, str) else "")


def _source_types(content: object, depth: int) -> Iterator[str]:
    """Yield the digital source types anywhere inside an assertion."""
    if depth > _DEPTH_LIMIT:
        return
    if isinstance(content, dict):
        for key, value in content.items():
            if str(key).rpartition(":")[2].lower() == _SOURCE_KEY and isinstance(value, str):
                yield source_name(value)
            else:
                yield from _source_types(value, depth + 1)
    elif isinstance(content, list):
        for value in content:
            yield from _source_types(value, depth + 1)


def verify(data: bytes, evidence: tuple[Evidence, ...], trust: str | None) -> tuple[Evidence, ...]:
    """Check the signature of the manifest that was found, where the extra `c2pa` is installed.

    The value says what came out, and `signature` too, of the manifest and of what it declares. It
    never reads the network.
    """
    embedded = [item.value for item in evidence if is_embedded(item)]
    if not embedded or importlib.util.find_spec("c2pa") is None:
        return evidence
    damaged = any(value.endswith(_DAMAGED) for value in embedded)
    outcome, signature = _validate(data, trust, damaged=damaged)
    checked = []
    for item in evidence:
        if is_embedded(item):
            value = shorten(f"{outcome}; {item.value}")
            checked.append(replace(item, value=value, signature=signature))
        else:
            inside = item.where.endswith(" C2PA manifest")
            checked.append(replace(item, signature=signature) if inside else item)
    return tuple(checked)


def _validate(data: bytes, trust: str | None, *, damaged: bool) -> tuple[str, Signature | None]:
    """Return what to say of a file's signature, and how far it goes.

    `damaged`: the manifest could not be read here. What the library cannot decode either was
    changed after it was signed; what it alone refuses may be of a tool that keeps to no standard.
    """
    import c2pa

    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    if trust is not None:
        settings["trust"] = {"trust_anchors": trust}
    try:
        context = c2pa.Context(settings=c2pa.Settings.from_dict(settings))
        with c2pa.Reader(BytesIO(data), context=context) as reader:
            state = reader.get_validation_state()
            store = json.loads(reader.json())
    except (c2pa.C2paError, OSError, ValueError) as error:
        lacking = _LACKING.search(str(error)) or isinstance(error, c2pa.C2paError.Signature)
        if lacking:
            return shorten(f"signature or hash does not hold ({error})", 100), "broken"
        if isinstance(error, c2pa.C2paError.Decoding):
            if damaged:
                return shorten(f"signature or hash does not hold (damaged: {error})", 100), "broken"
            said = "signature not accepted, the manifest is damaged or not as C2PA asks"
            return shorten(f"{said} ({error})", 120), "invalid"
        return shorten(f"signature not checked ({error})", 80), None
    details = store["manifests"][store["active_manifest"]].get("signature_info") or {}
    signer = shorten(str(details.get("issuer") or details.get("common_name") or "unknown"), 60)
    if state == "Trusted":
        return f"signature trusted, signed by {signer}", "trusted"
    claimed = f"the signer, calling itself {signer}, is on no trust list"
    if state == "Valid":
        return f"signature valid, but {claimed}", "valid"
    codes = [str(status.get("code")) for status in store.get("validation_status", [])]
    codes = [code for code in codes if not code.endswith("untrusted")] or ["no reason given"]
    broken = next((code for code in codes if _BROKEN.search(code)), None)
    if broken is not None:
        return f"signature or hash does not hold ({broken}); {claimed}", "broken"
    return f"signature not accepted ({codes[0]}); {claimed}", "invalid"


_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----"
)
_SIZE_LIMIT = 16 * 1024 * 1024


def read_trust_list(path: Path) -> str:
    """Return the certificates of a PEM file, without what stands between them.

    Raises:
        UsageError: if it cannot be read or holds no certificate.
        MissingExtraError: if the library that would use them is not installed.
    """
    import ssl  # only here: it loads OpenSSL, and a scan is to begin soon

    if importlib.util.find_spec("c2pa") is None:
        raise MissingExtraError("--trust-list", "c2pa")
    try:
        with path.open("rb") as file:
            text = file.read(_SIZE_LIMIT).decode("latin-1")
    except OSError as error:
        raise UsageError(
            f"--trust-list {path}: cannot read it: {error.strerror or error}"
        ) from error
    found = _CERTIFICATE.findall(text)
    try:
        for certificate in found:
            ssl.PEM_cert_to_DER_cert(certificate)
    except ValueError as error:
        raise UsageError(f"--trust-list {path}: holds a damaged certificate") from error
    if not found:
        raise UsageError(f"--trust-list {path}: holds no certificate (-----BEGIN CERTIFICATE-----)")
    return "\n".join(found) + "\n"
