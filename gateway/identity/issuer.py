"""The development issuer: signs tokens for invented people. It does not start with production settings."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import json
import secrets
import tomllib
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.identity.claims import Identity, to_claims
from gateway.identity.keys import FixedKeys, read_jwks
from gateway.private_file import place_private

DEFAULT_TTL_SECONDS = 3600
KEY_FILE = Path("keys") / "development-issuer.pem"
NAME_FILE = Path("issuer.toml")
_KEY_BITS = 2048
_AUDIENCE = "csc-gateway"


class DevelopmentIssuerRefused(Exception):
    """Production settings and a development issuer do not go together."""


class DevelopmentIssuer:
    """Key pair, issuer name and audience of one data folder: who shares the folder agrees, on whatever port.

    Args:
        key: RS256 key pair; its id is its RFC 7638 thumbprint.
        name: ``iss``.
        audience: ``aud``.
    """

    def __init__(self, key: RSAKey, name: str, audience: str) -> None:
        self._key = key
        self.name = name
        self.audience = audience
        self.kid = key.thumbprint()

    @classmethod
    def open(cls, data: Path, *, production: bool = False) -> DevelopmentIssuer:
        """Read the folder's issuer; make it, once, where there is none.

        Raises:
            DevelopmentIssuerRefused: with production settings.
            OSError, ValueError: the folder's files cannot be read or written.
        """
        if production:
            raise DevelopmentIssuerRefused("the development issuer does not start with production settings")
        key_path, name_path = data / KEY_FILE, data / NAME_FILE
        if not key_path.exists():
            place_private(key_path, RSAKey.generate_key(_KEY_BITS).as_pem(private=True))
        if not name_path.exists():
            text = f'issuer = "urn:csc-gateway:development:{secrets.token_hex(8)}"\naudience = "{_AUDIENCE}"\n'
            place_private(name_path, text.encode())
        names = tomllib.loads(name_path.read_text(encoding="utf-8"))
        name, audience = names.get("issuer"), names.get("audience")
        if not isinstance(name, str) or not isinstance(audience, str):
            raise ValueError(f"{name_path} does not name issuer and audience")
        return cls(RSAKey.import_key(key_path.read_bytes()), name, audience)

    def jwks(self) -> bytes:
        """The public key as a key set (RFC 7517): JSON."""
        public = self._key.as_dict(private=False)
        key = {name: public[name] for name in ("kty", "n", "e")} | {"kid": self.kid, "alg": "RS256", "use": "sig"}
        return json.dumps({"keys": [key]}).encode()

    def keys(self) -> FixedKeys:
        """What a verifier of this issuer's tokens trusts."""
        return FixedKeys(read_jwks(self.jwks()))

    def token(self, identity: Identity, *, now: float, ttl: int = DEFAULT_TTL_SECONDS) -> str:
        """Sign an access token (RFC 9068).

        Args:
            identity: whom it names.
            now: seconds since the epoch.
            ttl: seconds until it expires; at or below zero, it has expired already.

        Raises:
            IdentityInvalid: the identity lacks what its capacity needs.
        """
        issued_at = int(now) + min(ttl, 0)
        claims = to_claims(identity) | {
            "iss": self.name,
            "aud": self.audience,
            "iat": issued_at,
            "exp": int(now) + ttl,
            "jti": secrets.token_hex(16),
        }
        return jwt.encode({"alg": "RS256", "kid": self.kid, "typ": "at+jwt"}, claims, self._key, ["RS256"])
