"""A certificate authority that tests make up, and what it issues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class InventedAuthority:
    """Issues certificates for this machine's loopback address.

    Args:
        folder: where its certificate and what it issues are written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("Invented authority")
        self.certificate = folder / "authority.pem"
        whole = self._signed(self._name, self._key, timedelta(days=2), authority=True)
        self.certificate.write_bytes(whole.public_bytes(serialization.Encoding.PEM))

    def issue(self, who: str, *, valid: timedelta = timedelta(days=1), into: str | None = None) -> tuple[Path, Path]:
        """Certificate and key of somebody.

        Args:
            valid: how long from now; negative: it has ended.
            into: begins the names of the files; None: ``who``.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(_named(who), key, valid, authority=False)
        paths = self._folder / f"{into or who}.pem", self._folder / f"{into or who}.key"
        paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        paths[1].touch(mode=0o600)
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return paths

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, valid: timedelta, *, authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=3))
            .not_valid_after(now + valid)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
