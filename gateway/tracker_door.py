"""Where the national portal reads uses of people's data: made of the settings, for the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.routing import Route

from gateway.audit.usage import Window, is_use, kept_since, record_reading, registration_numbers, some_uses
from gateway.audit.usage_words import purpose, receiver
from gateway.audit.view import AccessEntry
from gateway.audit.who import who
from gateway.clock import utc_now
from gateway.edge.tracker import FIND_USAGE, HEARTBEAT, USAGE_PERIOD, Portal, Tracked, beating, finding, moment, period
from gateway.private_file import read_private
from gateway.settings import TrackerSettings
from gateway.store.store import Store
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, PersonCode

_TOKEN_CHARACTERS = 32


def tracker_routes(
    settings: TrackerSettings, store: Store, policies: Callable[[], PolicySet], ready: Callable[[], Awaitable[bool]]
) -> list[Route]:
    """The addresses of the Data Tracker; none where the portal has no token.

    Raises:
        OSError, ValueError: the token cannot be read, others may read it, or it is too short for a secret.
    """
    if settings.token_file is None:
        return []
    token = read_private(settings.token_file).strip()
    if len(token) < _TOKEN_CHARACTERS:
        raise ValueError(f"tracker.token_file: {settings.token_file} has fewer than {_TOKEN_CHARACTERS} characters")
    portal = Portal(token.encode(), settings.client)

    async def find(user: PersonCode, subject: PersonCode, window: Window, request_id: str) -> bytes | None:
        now, version = utc_now(), policies().version
        reader = who(Capacity.CITIZEN, None) if user == subject else "Another person"
        about = await store.write(lambda c: record_reading(c, user, subject, request_id, reader, version, now))
        if about is None:
            return None
        found: list[AccessEntry] = []
        total, after, more = 0, None, True
        while more:
            page = await store.write(lambda c, place=after: some_uses(c, about, place, now))  # type: ignore[misc]
            for each in page.entries:
                if is_use(each) and window.holds(each.at):
                    if window.offset <= total < window.offset + window.limit:
                        found.append(each)
                    total += 1
            more = page.has_next
            after = page.entries[-1].cursor if page.entries else None
        numbers = await store.read(registration_numbers)
        usages = [_usage(each, numbers, settings, policies()) for each in found]
        return orjson.dumps({"totalUsages": total, "usages": usages})

    answers = {
        FIND_USAGE: finding(find),
        USAGE_PERIOD: period(lambda: store.read(lambda connection: kept_since(connection, utc_now()))),
        HEARTBEAT: beating(ready),
    }
    return [Route(path, Tracked(portal, answer)) for path, answer in answers.items()]


def _usage(entry: AccessEntry, numbers: Any, settings: TrackerSettings, policies: PolicySet) -> dict[str, str]:
    module = None if entry.claim_type is None else policies.claim_types.get(entry.claim_type)
    return {
        "logtime": moment(entry.at),
        "action": purpose(entry, None if module is None else module.title_lv),
        "receiverCode": numbers.get((entry.capacity, entry.organisation or ""), settings.registration_number or ""),
        "receiverName": receiver(entry.who),
        "receiverSystem": settings.system,
    }
