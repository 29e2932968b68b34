"""A repeated request is answered as the first one was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, insert, select

from gateway.identity.party import Party
from gateway.store.subjects import gone_into
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
    for one in _known_as(connection, party):
        row = connection.execute(
            select(k.result, k.body_hash).where(
                k.party == one.key,
                k.mutation == mutation,
                # The second is how keys were kept at first.
                k.key_hash.in_((_key_hash(one, mutation, key), hashed(key))),
            )
        ).first()
        if row is not None:
            break
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


def _known_as(connection: Connection, party: Party) -> Iterator[Party]:
    """The party, and as whom it used keys before two turned out to be one: a hash is of the party's key of its time."""
    yield party
    of = party.acting_for
    subjects = [party.subject, *gone_into(connection, party.subject)]
    grantors = [of, *(() if of is None else gone_into(connection, of))]
    for subject, grantor in list(product(subjects, grantors))[1:]:
        yield structs.replace(party, subject=subject, acting_for=grantor)


def hashed(text: str) -> str:
    """SHA-256 in hex of any text, lone surrogates included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key_hash(party: Party, mutation: str, key: str) -> str:
    # Some callers take a personal code for a key, and the hash of that alone is the code in another spelling.
    return hashed(json.dumps([party.key, mutation, key]))


def _body_hash(body: Mapping[str, Any]) -> str:
    return hashed(json.dumps(body, sort_keys=True, separators=(",", ":")))
