"""Certificates for a server on loopback, made for one run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What a server needs (its chain and key) and what its clients need (who signed it; its SHA-256)."""

    chain: Path
    key: Path
    authority: Path
    fingerprint: str


def certified(folder: Path) -> Certified:
    """Write to *folder* an authority of its own and a certificate of 127.0.0.1 that it signed."""
    folder.mkdir(parents=True, exist_ok=True)
    signer, authority_key = _made("Tests", None, None)
    own, key = _made("127.0.0.1", signer, authority_key)
    paths = {name: folder / f"{name}.pem" for name in ("chain", "key", "authority")}
    paths["chain"].write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (own, signer)))
    paths["authority"].write_bytes(signer.public_bytes(serialization.Encoding.PEM))
    paths["key"].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certified(**paths, fingerprint=own.fingerprint(hashes.SHA256()).hex())


def _made(
    name: str, signer: x509.Certificate | None, key_of_signer: ec.EllipticCurvePrivateKey | None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 7 * _DAY)
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((key_of_signer or key).public_key()), critical=False
        )
    )
    if signer is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
    return made.sign(key_of_signer or key, hashes.SHA256()), key
