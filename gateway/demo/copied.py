"""A copy of the data folder's store to try things on, and who a persona is there."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.clock import utc_now
from gateway.demo.passes import to_identity
from gateway.demo.personas import Persona
from gateway.demo.seed import seed
from gateway.demo.seed_claims import ClaimTypes
from gateway.desk.people import StoredPeople
from gateway.identity.party import Party
from gateway.identity.resolver import PartyResolver
from gateway.settings import Settings
from gateway.store.engine import sqlite_path
from gateway.store.store import Store


class NotExplained(Exception):
    """The gateway gave no explanation. The message is one clear line."""


def is_fresh(settings: Settings) -> bool:
    """The data folder has no store: the demo world as it is at the start is taken."""
    return not sqlite_path(settings.store).exists()


def copied(settings: Settings, path: Path, claim_types: ClaimTypes) -> Store:
    """A copy of the data folder's store, or the demo world at its start. Raises: NotExplained."""
    if is_fresh(settings):
        store = Store.open(f"sqlite:///{path}")
        seed(store, path.parent, None, utc_now(), claim_types)
        return store
    source = sqlite_path(settings.store)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as kept,
            closing(sqlite3.connect(path)) as copy,
        ):
            kept.backup(copy)
    except sqlite3.Error as error:
        raise NotExplained(f"the store {source} cannot be read ({type(error).__name__})") from None
    return Store.open(f"sqlite:///{path}")


class PartyOf:
    """Who a persona is in a store."""

    def __init__(self, store: Store, persona: Persona) -> None:
        self._resolver = PartyResolver(StoredPeople(store, utc_now))
        self._identity = to_identity(persona)

    async def resolve(self) -> Party:
        """The party."""
        return await self._resolver.resolve(self._identity)
