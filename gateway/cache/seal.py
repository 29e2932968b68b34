"""Records as they lie in a store that others can read and write: named by nobody's code, sealed, for one subject."""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from gateway.cache.shelf import Times

_SEAL_BYTES = 32


class Seal:
    """Names and values of one record type of one register.

    Args:
        secret: known to the gateways that share, and to nobody else.
    """

    def __init__(self, secret: bytes, register: str, record_type: type[Any]) -> None:
        # Gateways of two versions share only what both understand: the fields of the record are in the name.
        layout = repr(msgspec.inspect.type_info(record_type))
        scope = b"\0".join(text.encode() for text in (register, record_type.__name__, layout))
        self._naming = hmac.digest(secret, b"name\0" + scope, "sha256")
        self._sealing = hmac.digest(secret, b"seal\0" + scope, "sha256")
        self._encode = msgspec.msgpack.Encoder(enc_hook=_digits_of).encode
        shape: Any = tuple[bytes, float, Times, record_type | None]  # type: ignore[valid-type]
        self._decode = msgspec.msgpack.Decoder(shape, dec_hook=_of_digits).decode

    def name(self, key: Any) -> str:
        """The name of a subject's record: 64 hexadecimal digits that nobody without the secret can tie to anybody."""
        return hmac.digest(self._naming, self._subject(key), "sha256").hex()

    def close(self, key: Any, record: Any, until: float, times: Times) -> bytes:
        """Seal a record.

        Args:
            record: None where the register certainly holds nothing.
            until: seconds since the epoch at which it is worth nothing any more.
        """
        inside = self._encode((self._subject(key), until, times, record))
        return self._mark(inside) + inside

    def open(self, key: Any, sealed: bytes) -> tuple[Any, float, Times] | None:
        """The record, until when it is worth something, and how old it is; None where it was not sealed by us, or is
        another's."""
        mark, inside = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if not hmac.compare_digest(mark, self._mark(inside)):
            return None
        try:
            subject, until, times, record = self._decode(inside)
        except msgspec.DecodeError:
            return None
        return (record, until, times) if subject == self._subject(key) else None

    def _mark(self, inside: bytes) -> bytes:
        return hmac.digest(self._sealing, inside, "sha256")

    def _subject(self, key: Any) -> bytes:
        return type(key).__name__.encode() + b"\0" + self._encode(key)


def _digits_of(code: Any) -> str:
    """A code (``schema.terms``) as it is written."""
    digits: str = code.digits
    return digits


def _of_digits(kind: type[Any], digits: Any) -> Any:
    if type(digits) is not str:
        raise TypeError("a code is written as text")
    return kind(digits)
