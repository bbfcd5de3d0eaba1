"""A trust list: the certificates in which the chain of a trusted signer ends."""

from __future__ import annotations

import importlib.util
import re
import ssl
from pathlib import Path

from inpaintscan.errors import MissingExtraError, UsageError

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
