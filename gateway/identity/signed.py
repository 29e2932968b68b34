"""Signed messages of owners: a detached JSON Web Signature over the body (RFC 7515, appendix F), ES256 and no other.

The protected header says what the message is for (``typ``, ``aud``), when it was signed (``iat``) and which one it is
(``jti``), so that a signature is good for one message to one address, for a short time.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from gateway import strict_json
from gateway.identity.tokens import KeySource
from schema.text import Text

ALGORITHM = "ES256"
TYPE = "owner-callback"
WINDOW_SECONDS = 300
"""How old a signature may be, and how far the signer's clock may be ahead of ours."""

_SIGNATURE = re.compile(r"([A-Za-z0-9_-]{16,1000})\.\.([A-Za-z0-9_-]{86})", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_MEMBERS = frozenset({"alg", "aud", "iat", "jti", "kid", "typ"})


class NotSigned(Exception):
    """The message is not its owner's, or not one to be taken now.

    Args:
        message: what is wrong, without anything of the message.
        remedy: what the sender can do.
    """

    def __init__(self, message: Text, remedy: Text) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature says of itself."""

    nonce: str
    """``jti``: 16 to 64 characters, another for each message."""


class OwnerSignatures:
    """Checks signatures of owners.

    Args:
        keys: public keys by owner's id; an owner without any signs nothing that is taken.
        now: seconds since the epoch.
    """

    def __init__(self, keys: Mapping[str, KeySource], now: Callable[[], float]) -> None:
        self._keys = keys
        self._now = now
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)

    def verify(self, owner: str, audience: str, signature: str, body: bytes) -> Signed:
        """Check the signature of one message.

        Args:
            owner: whose message it has to be.
            audience: what ``aud`` must be: the path that was asked for.
            signature: ``header..signature``, each in base64url.
            body: as it came.

        Raises:
            NotSigned: an unknown owner, and a key that is not its own, are answered alike.
        """
        match = _SIGNATURE.fullmatch(signature)
        if match is None:
            raise NotSigned(
                Text("There is no signature, or it is not a detached JWS.", "Paraksta nav, vai tas nav atdalīts JWS."),
                Text("Send X-JWS-Signature: header..signature.", "Sūtiet X-JWS-Signature: header..signature."),
            )
        header = _header(match.group(1))
        if header.keys() != _MEMBERS or header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise NotSigned(
                Text(
                    "The signature's protected header is not the one that is asked for.",
                    "Paraksta aizsargātā galvene nav tā, kas vajadzīga.",
                ),
                Text(
                    "Give exactly alg ({algorithm}), typ ({type}), kid, aud, iat and jti.",
                    "Norādiet tieši alg ({algorithm}), typ ({type}), kid, aud, iat un jti.",
                ).filled(algorithm=ALGORITHM, type=TYPE),
            )
        keys, kid = self._keys.get(owner), header["kid"]
        if keys is not None:
            keys.version()  # Reads the file again where it has changed.
        key = keys.find(kid) if keys is not None and isinstance(kid, str) else None
        if key is None or not signs(key):
            raise _not_its_own()
        try:
            jws.deserialize_compact(signature, key, registry=self._registry, payload=body)
        except (JoseError, ValueError):
            raise _not_its_own() from None
        self._check_use(header, audience)
        return Signed(header["jti"])

    def _check_use(self, header: Mapping[str, Any], audience: str) -> None:
        if header["aud"] != audience:
            raise NotSigned(
                Text("The message is signed for another address.", "Ziņojums ir parakstīts citai adresei."),
                Text("Sign the path that you send to, as aud.", "Kā aud parakstiet to ceļu, uz kuru sūtāt."),
            )
        issued_at, nonce = header["iat"], header["jti"]
        if type(issued_at) is not int or abs(self._now() - issued_at) > WINDOW_SECONDS:
            raise NotSigned(
                Text(
                    "The signature is older than {most} seconds, or from a time to come.",
                    "Paraksts ir vecāks par {most} sekundēm vai no nākotnes.",
                ).filled(most=WINDOW_SECONDS),
                Text(
                    "Sign again, with iat in seconds since 1970, and compare the clocks.",
                    "Parakstiet vēlreiz ar iat sekundēs kopš 1970. gada un salīdziniet pulksteņus.",
                ),
            )
        if not isinstance(nonce, str) or _NONCE.fullmatch(nonce) is None:
            raise NotSigned(
                Text("jti is not a nonce.", "jti nav vienreizējs."),
                Text(
                    "Give each message another jti of 16 to 64 letters and digits.",
                    "Dodiet katram ziņojumam citu jti ar 16 līdz 64 burtiem un cipariem.",
                ),
            )


def signs(key: Key) -> bool:
    """Whether an owner's messages may be signed with it."""
    return key.key_type == "EC" and key.as_dict(private=False).get("crv") == "P-256"


def _header(part: str) -> dict[str, Any]:
    try:
        value = strict_json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)), max_depth=2)
    except (binascii.Error, strict_json.NotStrictJson):
        value = None
    return value if isinstance(value, dict) else {}


def _not_its_own() -> NotSigned:
    return NotSigned(
        Text("The message is not signed with a key of this owner.", "Ziņojums nav parakstīts ar šā lēmēja atslēgu."),
        Text("Sign with a key that the gateway knows.", "Parakstiet ar atslēgu, ko vārteja pazīst."),
    )
