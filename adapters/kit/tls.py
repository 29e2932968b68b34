"""Whom a register has to be, and who we are to it, where it is reached by TLS."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 1.0
"""How often it is looked whether the files of a connection are others."""
_Stamp = tuple[tuple[int, int, int] | None, ...]


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

    def stamp(self) -> _Stamp:
        """What tells whether the files are others than before: of each its inode, size and time of change."""
        return tuple(_stamp(path) for path in (self.certificate, self.key, self.authorities) if path is not None)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class Certificates:
    """The context of one server's connections, made anew when the files change, so that nobody restarts for it.

    Files that cannot be used, e.g. a new certificate whose key is still to come, leave the context that is in use.

    Raises:
        OSError, ValueError: the files cannot be used from the beginning.
    """

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = tls.stamp()
        self._look_at = time.monotonic() + LOOK_SECONDS
        self.context = tls.context()

    def renewed(self) -> bool:
        """Whether the files have become others and the context with them; looks at most once a second."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_SECONDS
        stamp = self._tls.stamp()
        if stamp == self._seen:
            return False
        try:
            made = self._tls.context()
        except (OSError, ValueError):
            self._seen = stamp
            return False
        self._seen, self.context = stamp, made
        return True
