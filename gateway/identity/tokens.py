"""Bearer JWT -> verified claims. Nothing of a token ever shows itself, not in errors either."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import binascii
import math
import re
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from gateway import strict_json
from gateway.identity.claims import Identity, IdentityInvalid, to_identity
from schema.text import Text

ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
}
"""Signature algorithms that are accepted, with the key type each needs: all asymmetric."""

LEEWAY_SECONDS = 30
"""How far the issuer's clock may be ahead of ours. ``exp`` has none: what has expired has expired."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *", re.ASCII | re.IGNORECASE)
_USUAL = "Bearer "
_MAX_TOKEN_LENGTH = 8192
_TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})


class Unauthenticated(Exception):
    """Who asks is not known: HTTP 401.

    Args:
        message: what is wrong, without a character of the token.
        remedy: what the caller can do about it.
        missing: no credentials came at all; RFC 6750 then names no error.
    """

    def __init__(self, message: Text, remedy: Text, *, missing: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.missing = missing


class KeySource(Protocol):
    """Public keys of one issuer."""

    def version(self) -> object:
        """Something that differs after the keys were changed."""
        ...

    def find(self, kid: str) -> Key | None:
        """The key of that id; None where the issuer has none (any more)."""
        ...


class _Registry(jws.JWSRegistry):
    max_header_length = 4096


@dataclass(frozen=True, slots=True)
class _Remembered:
    identity: Identity
    expires_at: float


class TokenVerifier:
    """Checks a token's signature and claims.

    A verified token is remembered until it expires, by its SHA-256, at most ``remember`` of them; all are forgotten
    when the issuer's keys change.

    Args:
        keys: the issuer's public keys.
        issuer: what ``iss`` must be, exactly.
        audience: what ``aud`` must contain.
        now: seconds since the epoch.
        remember: how many verified tokens to keep.
    """

    def __init__(
        self, keys: KeySource, *, issuer: str, audience: str, now: Callable[[], float], remember: int = 10_000
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._now = now
        self._remember = remember
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._keys_version: object = None
        self._registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)

    def verify(self, authorization: str | None) -> Identity:
        """Read the value of an Authorization header.

        Raises:
            Unauthenticated: it is missing, is no bearer token, or is not one to be trusted now.
        """
        version = self._keys.version()
        if version != self._keys_version:
            self._remembered.clear()
            self._keys_version = version
        now = self._now()
        known = None
        if authorization is not None and authorization.startswith(_USUAL):
            # Only well-formed tokens are remembered: one that is known needs no second look at its form.
            digest = sha256(authorization[len(_USUAL) :].encode("utf-8", "replace")).digest()
            known = self._remembered.get(digest)
        if known is None:
            token = _bearer(authorization)
            digest = sha256(token.encode()).digest()
            known = self._remembered.get(digest)
            if known is None:
                return self._read(token, digest, now)
        if known.expires_at <= now:
            del self._remembered[digest]
            raise _expired()
        self._remembered.move_to_end(digest)
        return known.identity

    def _read(self, token: str, digest: bytes, now: float) -> Identity:
        claims = self._signed_claims(token)
        expires_at = self._check_times(claims, now)
        self._check_parties(claims)
        try:
            identity = to_identity(claims)
        except IdentityInvalid as error:
            raise Unauthenticated(_CLAIMS.filled(why=error.why), _NEW_TOKEN) from None
        self._remembered[digest] = _Remembered(identity, expires_at)
        if len(self._remembered) > self._remember:
            self._remembered.popitem(last=False)
        return identity

    def _signed_claims(self, token: str) -> dict[str, Any]:
        header = _json_part(token.split(".")[0])
        if "crit" in header or "b64" in header:
            raise Unauthenticated(
                Text(
                    "The token demands an extension that is not understood here.",
                    "Talons prasa paplašinājumu, ko šeit nesaprot.",
                ),
                _NEW_TOKEN,
            )
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise Unauthenticated(
                Text("The token is of a type that is not accepted here.", "Šāda veida talonu šeit nepieņem."),
                Text("Send an access token (at+jwt).", "Sūtiet piekļuves talonu (at+jwt)."),
            )
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise Unauthenticated(
                Text(
                    "The token is signed with an algorithm that is not accepted here.",
                    "Talons ir parakstīts ar algoritmu, ko šeit nepieņem.",
                ),
                _NEW_TOKEN,
            )
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None or key.key_type != ALGORITHMS[algorithm] or key.alg not in (None, algorithm):
            raise Unauthenticated(
                Text(
                    "The token is not signed with a key of the trusted issuer.",
                    "Talons nav parakstīts ar uzticamā izdevēja atslēgu.",
                ),
                _NEW_TOKEN,
            )
        try:
            signed = jws.deserialize_compact(token, key, registry=self._registry)
        except (JoseError, ValueError):
            raise Unauthenticated(
                Text("The token's signature is not valid.", "Talona paraksts nav derīgs."), _NEW_TOKEN
            ) from None
        try:
            claims = strict_json.loads(signed.payload)
        except strict_json.NotStrictJson:
            raise _malformed() from None
        if not isinstance(claims, dict):
            raise _malformed()
        return claims

    def _check_times(self, claims: dict[str, Any], now: float) -> float:
        expires_at, issued_at = _instant(claims, "exp"), _instant(claims, "iat")
        if expires_at <= now:
            raise _expired()
        not_before = _instant(claims, "nbf") if "nbf" in claims else issued_at
        if not_before > now + LEEWAY_SECONDS or issued_at > now + LEEWAY_SECONDS:
            raise Unauthenticated(
                Text("The token is not valid yet.", "Talons vēl nav derīgs."),
                Text("Compare the clocks of issuer and gateway.", "Salīdziniet izdevēja un vārtejas pulksteņus."),
            )
        return expires_at

    def _check_parties(self, claims: dict[str, Any]) -> None:
        if claims.get("iss") != self._issuer:
            raise Unauthenticated(
                Text("The token is from an issuer that is not trusted here.", "Talona izdevējam šeit neuzticas."),
                _NEW_TOKEN,
            )
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._audience not in audiences:
            raise Unauthenticated(
                Text("The token is meant for another audience.", "Talons ir domāts citam saņēmējam."),
                Text("Ask for a token for this gateway.", "Prasiet talonu šai vārtejai."),
            )


_NEW_TOKEN = Text("Sign in again to get a new token.", "Autentificējieties vēlreiz, lai saņemtu jaunu talonu.")
_CLAIMS = Text("The token's claims do not fit together: {why}.", "Talonā teiktais nesaskan: {why}.")


def _expired() -> Unauthenticated:
    return Unauthenticated(Text("The token has expired.", "Talona derīgums ir beidzies."), _NEW_TOKEN)


def _malformed() -> Unauthenticated:
    return Unauthenticated(
        Text("The token is malformed.", "Talons nav pareizi veidots."),
        Text(
            "Send Authorization: Bearer, followed by one signed JWT.",
            "Sūtiet Authorization: Bearer un aiz tā vienu parakstītu JWT.",
        ),
    )


def _bearer(authorization: str | None) -> str:
    if authorization is None or not authorization.strip():
        raise Unauthenticated(
            Text("There is no token.", "Talona nav."),
            Text(
                "Send Authorization: Bearer, followed by your token.",
                "Sūtiet Authorization: Bearer un aiz tā savu talonu.",
            ),
            missing=True,
        )
    match = _BEARER.fullmatch(authorization.strip())
    if match is None or len(authorization) > _MAX_TOKEN_LENGTH:
        raise _malformed()
    return match.group(1)


def _json_part(part: str) -> dict[str, Any]:
    try:
        value = strict_json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, strict_json.NotStrictJson):
        raise _malformed() from None
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _instant(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unauthenticated(
            Text("The token does not say {name} as a number of seconds.", "Talonā {name} nav sekunžu skaits.").filled(
                name=name
            ),
            _NEW_TOKEN,
        )
    try:
        instant = float(value)
    except OverflowError:
        instant = math.inf
    if not 0 <= instant < 1e11:
        raise Unauthenticated(
            Text("The token's {name} is no moment of this age.", "Talona {name} nav mūsdienu brīdis.").filled(
                name=name
            ),
            _NEW_TOKEN,
        )
    return instant
