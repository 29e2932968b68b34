"""An owner's system that signs: what docs/owners.md shows, as tests use it."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

_REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


class OwnerSystem:
    """One key, and messages signed with it.

    Args:
        owner: id.
        kid: of the key.
    """

    def __init__(self, owner: str, kid: str = "2026-1", key: ECKey | None = None) -> None:
        self.owner = owner
        self.path = f"/owners/{owner}/callback"
        self.kid = kid
        self._key = key or ECKey.generate_key("P-256")

    def publish(self, folder: Path) -> Path:
        """Its key set, as a file."""
        public = self._key.as_dict(private=False) | {"kid": self.kid, "use": "sig", "alg": "ES256"}
        file = folder / f"{self.owner}.jwks.json"
        file.write_text(json.dumps({"keys": [public]}))
        return file

    def header(self, **changed: Any) -> dict[str, Any]:
        """The protected header of a message that is sent now."""
        return {
            "alg": "ES256",
            "typ": "owner-callback",
            "kid": self.kid,
            "aud": self.path,
            "iat": int(time.time()),
            "jti": secrets.token_urlsafe(18),
        } | changed

    def sign(self, body: bytes, **changed: Any) -> str:
        """The value of X-JWS-Signature."""
        compact = jws.serialize_compact(self.header(**changed), body, self._key, registry=_REGISTRY)
        header, _, signature = compact.split(".")
        return f"{header}..{signature}"


def message(*changes: dict[str, Any]) -> bytes:
    """A message's body."""
    return json.dumps({"changes": list(changes)}).encode()


def change(number: int, status: str, reference: str = "VID-1", **more: Any) -> dict[str, Any]:
    """One change."""
    at = f"2026-11-23T09:00:{number:02}Z"
    return {"id": f"c-{number}", "reference": reference, "status": status, "changedAt": at, **more}
