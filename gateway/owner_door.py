"""Where owners' systems tell what became of claims: made of the settings, for the composition root."""

from __future__ import annotations

import time
from datetime import timedelta

from starlette.routing import Route

from gateway import logs
from gateway.claims.signed_answers import take_message
from gateway.clock import epoch_seconds, utc_now
from gateway.edge.callback import CALLBACK, OwnerCallback, Told
from gateway.edge.rate import Rate
from gateway.identity.keys import KeyFile
from gateway.identity.signed import WINDOW_SECONDS, OwnerSignatures
from gateway.settings import Settings
from gateway.store.organisations import owners
from gateway.store.store import Store

BURST = 50.0
EACH_SECOND = 10.0
"""Messages of one owner; each has up to a hundred changes."""
_KEEP = timedelta(seconds=3 * WINDOW_SECONDS)

_log = logs.get("app")


def owner_route(settings: Settings, store: Store) -> Route:
    """The address of signed messages. Raises: OSError, ValueError where an owner, or its keys, are not there."""
    ids = frozenset(settings.owners)
    unknown = sorted(ids - store.read_sync(lambda connection: set(owners(connection, ids))))
    if unknown:
        raise ValueError(f"owners: there is no owner {', '.join(unknown)}")
    keys = {owner: KeyFile(each.jwks_file, _unreadable) for owner, each in settings.owners.items()}

    async def take(told: Told) -> bool:
        now = utc_now()
        tally = await store.write(
            lambda c: take_message(c, now, told.owner, told.nonce, told.digest, told.changes, _KEEP)
        )
        if tally:
            _log.info("owner.told", owner=told.owner, **{each.lower(): count for each, count in tally.items()})
        return tally is not None

    signatures = OwnerSignatures(keys, epoch_seconds)
    rate = Rate(BURST, EACH_SECOND, time.monotonic)
    return Route(CALLBACK, OwnerCallback(signatures, take, rate, settings.limits.receive_seconds))


def _unreadable() -> None:
    _log.error("owner.keys_unreadable")
