"""Signed messages of owners, each taken once: its nonce and what it tells become durable together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from adapters.kit.ports import StatusChange
from gateway.claims.owner_answers import Source, Tally, apply_changes
from gateway.store.tables.owner_changes import owner_nonces


def take_message(
    connection: Connection,
    now: datetime,
    owner: str,
    nonce: str,
    digest: str,
    changes: Sequence[StatusChange],
    keep: timedelta,
) -> Tally | None:
    """Apply what an owner's message tells; one that was taken before changes nothing more.

    Args:
        digest: of the message.
        keep: how long a nonce is kept: longer than its signature is good for.

    Returns:
        What its changes came to; None where the nonce was used for another message.
    """
    n = owner_nonces.c
    before: str | None = connection.execute(select(n.digest).where(n.owner == owner, n.nonce == nonce)).scalar()
    if before is not None:
        return Tally() if before == digest else None
    connection.execute(delete(owner_nonces).where(n.at < now - keep))
    connection.execute(insert(owner_nonces), {"owner": owner, "nonce": nonce, "digest": digest, "at": now})
    return apply_changes(connection, now, Source.of_owner(connection, owner, now), changes)
