"""What changed, for those who watch: the history of claims read on from a place."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from gateway.store.prepared import Prepared
from gateway.store.store import Store
from gateway.store.tables.claims import claim_events

_MOST = 500
_AFTER = Prepared(
    select(claim_events.c.id, claim_events.c.claim)
    .where(claim_events.c.id > bindparam("place"))
    .order_by(claim_events.c.id)
    .limit(_MOST)
)
_NEWEST = Prepared(select(func.max(claim_events.c.id)))
_REVISION = Prepared(select(func.count()).select_from(claim_events).where(claim_events.c.claim == bindparam("claim")))


class ChangeFeed:
    """Changes of claims in the order in which they were written: the store has one writer at a time, so that no event
    ever comes after one of a higher number.

    Args:
        store: where the history is.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def newest(self) -> int:
        """Place of the newest change; 0 where there is none. Raises: StoreUnavailable."""
        [(found,)] = self._store.look_up(_NEWEST)
        return int(found or 0)

    async def after(self, place: int) -> tuple[int, Sequence[str]]:
        """The changes after a place, at most 500: the place of the last, and the claims. Raises: StoreUnavailable."""
        rows = self._store.look_up(_AFTER, place=place)
        return (int(rows[-1][0]) if rows else place), [claim for _, claim in rows]

    async def revision(self, claim: str) -> int:
        """Number of changes of one claim so far. Raises: StoreUnavailable."""
        [(found,)] = self._store.look_up(_REVISION, claim=claim)
        return int(found)
