"""What ``gateway doctor`` says of the certificates by which a register knows us. No line repeats what is in a file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from adapters.kit.tls import Tls

SOON = timedelta(days=30)
"""How long before its end a certificate is worth a word: new ones take days to be issued and let in."""


def problem_of(tls: Tls, now: datetime) -> tuple[str, str] | None:
    """What is wrong with the files of a connection, and what to do; None: nothing.

    Args:
        now: UTC.
    """
    for path in (tls.certificate, tls.key, tls.authorities):
        if path is not None and (unreadable := _unreadable(path)):
            return f"{path} {unreadable}", "Put the PEM file there, readable by the gateway's user."
    secret = tls.key or tls.certificate
    if secret is not None and secret.stat().st_mode & 0o077:
        return f"others can read {secret}, which holds the private key", f"Run chmod 600 {secret}"
    try:
        tls.context()
    except (OSError, ValueError):
        return (
            "certificate, key and authorities cannot be used together",
            "Check that the key is the certificate's, without a password, and that all are PEM files.",
        )
    return None if tls.certificate is None else _too_old(tls.certificate, now)


def ends(certificate: Path) -> datetime:
    """When a certificate (the first of its file) ends, UTC. Raises: OSError, ValueError: there is none."""
    return x509.load_pem_x509_certificates(certificate.read_bytes())[0].not_valid_after_utc


def _too_old(certificate: Path, now: datetime) -> tuple[str, str] | None:
    try:
        end = ends(certificate)
    except (OSError, ValueError):
        return f"{certificate} holds no certificate that can be read", "Put our certificate there, as PEM."
    if end - now > SOON:
        return None
    said = "has ended" if end <= now else f"ends in {(end - now).days} days"
    return (
        f"{certificate} {said}",
        "Put the new certificate and key there: they are taken up within seconds, unrestarted.",
    )


def _unreadable(path: Path) -> str | None:
    try:
        path.open("rb").close()
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    return None
