"""Secrets that a caller shows, from a file that only we read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

from gateway.private_file import file_stamp, read_private

LEAST_CHARACTERS = 32


class SharedSecrets:
    """One secret a line, each as good as the others; the file is read again whenever it changes.

    So a secret is changed without a moment in which none holds: the new one is put below the old one, the caller is
    told, the old one is taken away.

    Args:
        path: empty lines count for nothing.
        broken: told when the file cannot be used any more; the secrets read last stay good.

    Raises:
        OSError, ValueError: the file cannot be used at the start. No message holds anything of a secret.
    """

    def __init__(self, path: Path, broken: Callable[[], None]) -> None:
        self._path = path
        self._broken = broken
        self._stamp = file_stamp(path)
        self._told: tuple[int, int, int] | None = self._stamp
        """Stamp of the file that was read, or told to be broken, last; None: it was gone."""
        self._digests = _read(path)

    def holds(self, given: str) -> bool:
        """Whether it is one of them; takes as long for each that is not."""
        self._follow()
        digest = _digest(given)
        return any([hmac.compare_digest(digest, each) for each in self._digests])  # noqa: C419 - always all of them

    def _follow(self) -> None:
        stamp = None
        try:
            stamp = file_stamp(self._path)
            if stamp != self._stamp:
                # Tried each time until it can be read: that others may read it no more does not show in the stamp.
                self._digests = _read(self._path)
                self._stamp = stamp
        except (OSError, ValueError):
            if stamp != self._told:
                self._broken()
            self._told = stamp
        else:
            self._told = stamp


def _read(path: Path) -> tuple[bytes, ...]:
    secrets = [line.strip() for line in read_private(path).splitlines() if line.strip()]
    if not secrets or min(len(each) for each in secrets) < LEAST_CHARACTERS:
        raise ValueError(f"{path} has to hold secrets of at least {LEAST_CHARACTERS} characters, one a line")
    return tuple(_digest(each) for each in secrets)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
