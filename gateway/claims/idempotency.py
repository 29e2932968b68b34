"""A repeated request is answered as the first one was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.identity.party import Party
from gateway.store.tables.claims import idempotency_keys


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a key was used for before."""

    result: str
    """Id of what came of it."""
    same_body: bool
    """The input is the same, so the answer is; otherwise the key was reused."""


def earlier(connection: Connection, party: Party, mutation: str, key: str, body: Mapping[str, Any]) -> Earlier | None:
    """What this party used the key for in this mutation; None on first use.

    Args:
        body: the mutation's input without the key, as JSON values.
    """
    k = idempotency_keys.c
    row = connection.execute(
        select(k.result, k.body_hash).where(
            k.party == party.key,
            k.mutation == mutation,
            # The second is how keys were kept at first.
            k.key_hash.in_((_key_hash(party, mutation, key), hashed(key))),
        )
    ).first()
    return None if row is None else Earlier(row.result, row.body_hash == _body_hash(body))


def remember(
    connection: Connection,
    now: datetime,
    party: Party,
    mutation: str,
    key: str,
    body: Mapping[str, Any],
    result: str,
) -> None:
    """Bind a key to what came of it. Key and body are kept as hashes: a caller may put anything in them."""
    row = {
        "party": party.key,
        "mutation": mutation,
        "key_hash": _key_hash(party, mutation, key),
        "body_hash": _body_hash(body),
        "result": result,
        "at": now,
    }
    connection.execute(insert(idempotency_keys), row)


def hashed(text: str) -> str:
    """SHA-256 in hex of any text, lone surrogates included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key_hash(party: Party, mutation: str, key: str) -> str:
    # Some callers take a personal code for a key, and the hash of that alone is the code in another spelling.
    return hashed(json.dumps([party.key, mutation, key]))


def _body_hash(body: Mapping[str, Any]) -> str:
    return hashed(json.dumps(body, sort_keys=True, separators=(",", ":")))
