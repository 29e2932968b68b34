"""Public keys of an issuer, from a JWKS file (RFC 7517)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from gateway import strict_json
from gateway.private_file import file_stamp

_MIN_RSA_BITS = 2048


def read_jwks(body: bytes) -> dict[str, Key]:
    """Read the signature keys that can be used, by their id.

    A key that is malformed, weak, symmetric, private, meant for encryption or without an id is left out; the others
    stay.

    Raises:
        ValueError: the whole is not a key set.
    """
    document = strict_json.loads(body)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("a key set is an object with an array `keys`")
    found: dict[str, Key] = {}
    for entry in document["keys"]:
        key = _usable(entry)
        if key is not None and key.kid is not None:
            found.setdefault(key.kid, key)
    return found


def _usable(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or "d" in entry or not isinstance(entry.get("kid"), str):
        return None
    operations = entry.get("key_ops", ["verify"])
    if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        if entry.get("kty") == "RSA":
            modulus = int.from_bytes(urlsafe_b64decode(entry["n"] + "=="))
            return RSAKey.import_key(entry) if modulus.bit_length() >= _MIN_RSA_BITS else None
        if entry.get("kty") == "EC" and entry.get("crv") in ("P-256", "P-384"):
            ec = ECKey.import_key(entry)
            _ = ec.public_key  # a point that is not on the curve shows here, not at the first token
            return ec
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    return None


class FixedKeys:
    """Keys that never change while the process runs."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self._keys = keys

    def version(self) -> object:
        """Always the same."""
        return 0

    def find(self, kid: str) -> Key | None:
        """The key of that id."""
        return self._keys.get(kid)


class KeyFile:
    """Keys in a file, read again whenever the file changes.

    Args:
        path: JWKS.
        broken: told once when the file cannot be used any more; the keys read last stay in use.

    Raises:
        OSError, ValueError: the file cannot be read at the start.
    """

    def __init__(self, path: Path, broken: Callable[[], None]) -> None:
        self._path = path
        self._broken = broken
        self._stamp = file_stamp(path)
        self._told: tuple[int, int, int] | None = self._stamp
        """Stamp of the file that was read, or told to be broken, last; None: it was gone."""
        self._no_keys: tuple[int, int, int] | None = None
        """Stamp of the file that is no key set: it is not read again."""
        self._keys = read_jwks(path.read_bytes())

    def version(self) -> object:
        """Stamp of the file that the keys were read from: the one that is there now, unless that cannot be used."""
        stamp = None
        try:
            stamp = file_stamp(self._path)
            if stamp not in (self._stamp, self._no_keys):
                # Tried each time until it can be read: that we may read it again does not show in the stamp.
                self._keys = read_jwks(self._path.read_bytes())
                self._stamp = stamp
        except (OSError, ValueError) as error:
            if stamp != self._told:
                self._broken()
            if isinstance(error, ValueError):
                self._no_keys = stamp
        self._told = stamp
        return self._stamp

    def find(self, kid: str) -> Key | None:
        """The key of that id."""
        return self._keys.get(kid)
