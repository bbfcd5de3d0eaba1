"""C2PA manifests, signed in the test by the real library with certificates made here."""

from __future__ import annotations

import importlib.util
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from inpaintscan.errors import MissingExtraError, UsageError
from inpaintscan.findings import Evidence
from inpaintscan.provenance import read_evidence
from inpaintscan.provenance.c2pa import read_trust_list
from inpaintscan.provenance.stated import to_stated
from tests.provenance.manifests import COMPOSITE, SOURCE

PLACES = {
    "jpg": ("image/jpeg", "JPEG APP11"),
    "png": ("image/png", "PNG caBX"),
    "webp": ("image/webp", "WebP C2PA chunk"),
    "tiff": ("image/tiff", "TIFF tag 0xCD41"),
    "avif": ("image/avif", "uuid C2PA"),
    "gif": ("image/gif", "GIF C2PA extension"),
}


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    """Make a certificate as C2PA asks for: an authority, or a signer of that authority."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Signers"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    issuer_name, issuer_key = issuer or (subject, key)
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuer is None,
        crl_sign=issuer is None,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if issuer is not None:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


Authority = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@pytest.fixture(scope="module")
def authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate("Test Authority", key, None)


@pytest.fixture(scope="module")
def signer(authority: Authority) -> c2pa.C2paSignerInfo:
    return make_signer(authority)


def make_signer(authority_and_key: Authority) -> c2pa.C2paSignerInfo:
    authority_key, authority = authority_and_key
    key = ec.generate_private_key(ec.SECP256R1())
    signing = certificate("Test Signer", key, (authority.subject, authority_key))
    chain = b"".join(item.public_bytes(serialization.Encoding.PEM) for item in (signing, authority))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return c2pa.C2paSignerInfo(b"es256", chain, private, None)


def sign(path: Path, info: c2pa.C2paSignerInfo, source_type: str | None = COMPOSITE) -> Path:
    """Write a picture with a manifest, in the format of the file's ending."""
    plain = BytesIO()
    kind = "jpeg" if path.suffix == ".jpg" else path.suffix[1:]
    Image.linear_gradient("L").convert("RGB").save(plain, kind)
    action = {"action": "c2pa.created"}
    if source_type:
        action["digitalSourceType"] = SOURCE + source_type
    manifest = {
        "claim_generator_info": [{"name": "Brush Tool", "version": "2.1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    plain.seek(0)
    offline = {"verify": {"verify_after_sign": False}}
    with (
        c2pa.Context(settings=c2pa.Settings.from_dict(offline)) as context,
        c2pa.Builder(json.dumps(manifest), context=context) as builder,
        c2pa.Signer.from_info(info) as signer,
        path.open("w+b") as signed,
    ):
        builder.sign(signer, PLACES[path.suffix[1:]][0], plain, signed)
    return path


@pytest.mark.parametrize("ending", PLACES)
def test_signed_manifest_of_every_format(
    tmp_path: Path, signer: c2pa.C2paSignerInfo, ending: str
) -> None:
    place = PLACES[ending][1]
    manifest, source = read_evidence(sign(tmp_path / f"a.{ending}", signer))
    assert manifest.kind == "c2pa"
    assert manifest.where == place
    assert manifest.signature == "valid"
    assert manifest.value.startswith(
        "signature valid, but the signer, calling itself Test Signers, is on no trust list; "
    )
    assert "manifest by Brush Tool 2.1" in manifest.value
    assert source == Evidence(
        "iptc-digital-source-type", COMPOSITE, f"{place} C2PA manifest", "valid"
    )


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def test_only_a_signer_on_the_trust_list_is_trusted(
    tmp_path: Path, signer: c2pa.C2paSignerInfo, authority: Authority
) -> None:
    path = sign(tmp_path / "a.jpg", signer)
    listed = tmp_path / "list.pem"
    listed.write_bytes(b"Subject: C=XX\n" + pem(authority[1]))
    manifest, source = read_evidence(path, read_trust_list(listed))
    assert (manifest.signature, source.signature) == ("trusted", "trusted")
    assert manifest.value.startswith("signature trusted, signed by Test Signers; ")

    key = ec.generate_private_key(ec.SECP256R1())
    listed.write_bytes(pem(certificate("Test Authority", key, None)))  # same name, other key
    manifest, _ = read_evidence(path, read_trust_list(listed))
    assert manifest.signature == "valid"
    assert "verified" not in manifest.value
    assert "is on no trust list" in manifest.value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read it"),
        (b"", "holds no certificate"),
        (b"\xff\xfe binary", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n", "damaged certificate"),
    ],
)
def test_a_bad_trust_list_is_a_usage_error(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "list.pem").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_trust_list(tmp_path / "list.pem")


@pytest.mark.usefixtures("without_library")
def test_a_trust_list_needs_the_library(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="c2pa"):
        read_trust_list(tmp_path / "list.pem")


def test_changed_pixels_break_the_signature(tmp_path: Path, signer: c2pa.C2paSignerInfo) -> None:
    path = sign(tmp_path / "a.jpg", signer)
    data = bytearray(path.read_bytes())
    data[-40] ^= 0x55
    path.write_bytes(data)
    manifest, source = read_evidence(path)
    assert "signature or hash does not hold (assertion.dataHash.mismatch)" in manifest.value
    assert (manifest.signature, source.signature) == ("broken", "broken")
    assert to_stated((manifest, source)) == "tampered"


@pytest.mark.parametrize(
    "name", [b"c2cs\0\x11", b"c2as\0\x11", b"c2pa.actions.v2\0", b"c2pa.hash.data\0"]
)
def test_a_manifest_whose_parts_were_taken_out_does_not_hold(
    tmp_path: Path, signer: c2pa.C2paSignerInfo, name: bytes
) -> None:
    """The types of the signature's and the assertions' boxes, and the labels of two assertions."""
    path = sign(tmp_path / "a.jpg", signer)
    data = path.read_bytes()
    assert data.count(name) == 1
    path.write_bytes(data.replace(name, b"x" + name[1:]))
    found = read_evidence(path)
    assert "signature or hash does not hold" in found[0].value
    assert found[0].signature == "broken"
    assert to_stated(found) == "tampered"


def test_a_signature_that_is_none_does_not_hold(
    tmp_path: Path, signer: c2pa.C2paSignerInfo
) -> None:
    path = sign(tmp_path / "a.jpg", signer)
    data = bytearray(path.read_bytes())
    start = data.index(b"c2pa.signature\0") + 24  # behind the header of the box with the content
    data[start : start + 200] = bytes(200)
    path.write_bytes(data)
    assert to_stated(read_evidence(path)) == "tampered"


@pytest.mark.parametrize(
    ("old", "new", "signature", "stated"),
    [
        # no map any more; a name that is none; a text longer than the claim
        (b"\xa6jinstanceID", b"\x1cjinstanceID", "broken", "tampered"),
        (b"\xa6jinstanceID", b"\xa6\x7cinstanceID", "broken", "tampered"),
        (b"\xa6jinstanceID", b"\xa6jinstanceIX", "invalid", None),  # as a careless tool might
    ],
)
def test_a_damaged_claim_is_named(
    tmp_path: Path,
    signer: c2pa.C2paSignerInfo,
    old: bytes,
    new: bytes,
    signature: str,
    stated: str | None,
) -> None:
    path = sign(tmp_path / "a.jpg", signer, source_type=None)
    data = path.read_bytes()
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))
    (manifest,) = read_evidence(path)
    assert "damaged" in manifest.value
    assert "not checked" not in manifest.value
    assert manifest.signature == signature
    assert to_stated([manifest]) == stated


def test_a_claim_of_a_later_version_is_not_called_damaged(
    tmp_path: Path, signer: c2pa.C2paSignerInfo
) -> None:
    path = sign(tmp_path / "a.jpg", signer)
    path.write_bytes(path.read_bytes().replace(b"c2pa.claim.v2\0", b"c2pa.claim.v3\0"))
    manifest = read_evidence(path)[0]
    assert "signature not checked (Verify: claim version is too new" in manifest.value
    assert manifest.signature is None


@pytest.mark.parametrize("ending", PLACES)
def test_manifest_is_noted_without_the_library(
    tmp_path: Path,
    signer: c2pa.C2paSignerInfo,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    path = sign(tmp_path / f"a.{ending}", signer)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    place = PLACES[ending][1]
    manifest, source = read_evidence(path)
    assert manifest.value.startswith("manifest by Brush Tool 2.1")
    assert (manifest.kind, manifest.where, manifest.signature) == ("c2pa", place, None)
    assert (source.value, source.signature) == (COMPOSITE, None)


def test_manifest_without_source_type(tmp_path: Path, signer: c2pa.C2paSignerInfo) -> None:
    (manifest,) = read_evidence(sign(tmp_path / "a.png", signer, None))
    assert manifest.kind == "c2pa"


def test_signature_cannot_vouch_for_other_metadata(
    tmp_path: Path, signer: c2pa.C2paSignerInfo
) -> None:
    path = sign(tmp_path / "a.png", signer)
    data = path.read_bytes()
    text = b"tEXtSoftware\0manifest by nobody"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    path.write_bytes(data[:33] + chunk + data[33:])
    software = next(item for item in read_evidence(path) if item.kind == "software")
    assert software == Evidence("software", "manifest by nobody", "PNG tEXt Software")
