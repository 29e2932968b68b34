"""Whom a register has to be, and who we are to it, where it is reached by TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tls:
    """Settings of one connection. PEM files; without authorities those of the machine are trusted."""

    certificate: Path | None = None
    """Our client certificate, with what leads up to its authority."""
    key: Path | None = None
    """Its private key; None where it stands in the certificate's file."""
    authorities: Path | None = None
    """Authorities that the register's certificate may come from, and no other then."""

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, names checked. Raises: OSError, ValueError: a file cannot be used."""
        made = ssl.create_default_context(cafile=None if self.authorities is None else str(self.authorities))
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            # An empty password in place of the question that OpenSSL would put to the terminal.
            made.load_cert_chain(str(self.certificate), None if self.key is None else str(self.key), password="")
        return made
