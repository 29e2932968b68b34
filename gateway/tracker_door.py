"""Where the national portal reads uses of people's data: made of the settings, for the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import orjson
from sqlalchemy import Connection
from starlette.routing import Route

from adapters.kit.clock import Clock
from gateway import logs
from gateway.audit.usage import Reading, Uses, kept_since, record_reading, uses_of
from gateway.audit.usage_words import purpose, receiver
from gateway.audit.view import AccessEntry
from gateway.audit.who import ANOTHER, who
from gateway.claims.days import day_in_riga
from gateway.clock import CLOCK
from gateway.desk.facts import Moment, represents_alone
from gateway.desk.people import StoredPeople
from gateway.edge.portal import Bounds, Portal
from gateway.edge.tracker import FIND_USAGE, HEARTBEAT, USAGE_PERIOD, Asked, Tracked, beating, finding, moment, period
from gateway.identity.party import Party
from gateway.identity.shared_secrets import SharedSecrets
from gateway.settings import TrackerSettings
from gateway.store.prepared import listed
from gateway.store.store import Store
from gateway.store.subjects import OTHER_CODES, entity_subject, person_subject
from policies.kit.policy_set import PolicySet
from schema.notices import NoticeKind
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber

Introduce = Callable[[Party, str], Awaitable[Party]]
"""Learns which codes are somebody's, for a request of that id; gives the party as it is known then."""
_AT_LEAST = AssuranceLevel.SUBSTANTIAL
"""How sure the portal is of who is signed in."""
LOGS_AT_ONCE = 2
"""Logs gone through at a time: each takes a thread and one of the store's few reading connections."""

_log = logs.get("app")


def tracker_routes(
    settings: TrackerSettings,
    store: Store,
    policies: Callable[[], PolicySet],
    ready: Callable[[], Awaitable[bool]],
    complete_until: Mapping[NoticeKind, datetime] | None = None,
    clock: Clock = CLOCK,
    introduce: Introduce | None = None,
) -> list[Route]:
    """The addresses of the Data Tracker; none where the portal has no token.

    Args:
        complete_until: how far the copies of registers go; None where nobody keeps them.
        introduce: learns which codes are somebody's who comes for the first time; None: nothing is asked.

    Raises:
        OSError, ValueError: the token cannot be read, others may read it, or it is too short for a secret.
    """
    if settings.token_file is None:
        return []
    secrets = SharedSecrets(settings.token_file, lambda: _log.error("tracker.token_unreadable"))
    portal = Portal(secrets.holds, settings.client)
    bounds = Bounds(clock.monotonic)
    people = StoredPeople(store, clock.now)
    turns = asyncio.Semaphore(LOGS_AT_ONCE)

    async def find(asked: Asked) -> bytes | None:
        if introduce is not None:
            met = await people.person_of(asked.user)
            if met.unasked:
                party = Party(Capacity.CITIZEN, met.subject, met.code, assurance=_AT_LEAST, unasked=True)
                await introduce(party, asked.request_id)
        now, current = clock.now(), policies()
        when = Moment.of(now, day_in_riga(now), complete_until)
        reading = await store.write(
            lambda connection: _recorded(connection, asked, when, current.version), once_filed=True
        )
        if not reading.permitted:
            return None

        def answer() -> bytes:
            uses = store.read_sync(lambda connection: uses_of(connection, reading.about, asked.window, now))
            return _body(uses, settings, current)

        async with turns:
            return await asyncio.to_thread(answer)

    def known_as(code: PersonCode) -> str:
        # No id: whom nobody has met gets one with the first question, and would count as another from then on.
        others: list[str] = [other for _, other in store.look_up(OTHER_CODES, codes=listed([code.digits]))]
        return min([code.digits, *others])

    async def beats() -> bool:
        return store.trouble is None and await ready()

    answers = {
        FIND_USAGE: finding(find, bounds, known_as),
        USAGE_PERIOD: period(lambda: store.read(lambda connection: kept_since(connection, clock.now())), bounds),
        HEARTBEAT: beating(beats),
    }
    return [Route(path, Tracked(portal, answer)) for path, answer in answers.items()]


def _recorded(connection: Connection, asked: Asked, when: Moment, policy_version: str) -> Reading:
    """Decide, and record that somebody reads or is refused. People read their own log, and who may represent a legal
    entity alone reads that one's; nobody else's, whatever the portal says of it."""
    now = when.now
    reader = person_subject(connection, asked.user, now)
    capacity, rule = Capacity.CITIZEN, "portal-reads-own-log"
    if isinstance(asked.subject, RegistrationNumber):
        about = entity_subject(connection, asked.subject, now)
        party = Party(Capacity.LEGAL_REPRESENTATIVE, reader, asked.user, acting_for=about)
        permitted = represents_alone(connection, party, when)
        if permitted:
            capacity, rule = party.capacity, "portal-reads-represented-log"
    else:
        about = person_subject(connection, asked.subject, now)
        permitted = reader == about
    reading = Reading(
        at=now,
        request_id=asked.request_id,
        capacity=capacity,
        who=who(capacity, None) if permitted else str(ANOTHER),
        reader=reader,
        about=about,
        permitted=permitted,
        rule=rule if permitted else "no-door",
        policy_version=policy_version,
        of_entity=isinstance(asked.subject, RegistrationNumber),
    )
    record_reading(connection, reading)
    return reading


def _body(uses: Uses, settings: TrackerSettings, policies: PolicySet) -> bytes:
    listed = [_usage(each, uses.numbers, settings, policies) for each in uses.entries]
    return orjson.dumps({"totalUsages": uses.total, "usages": listed})


def _usage(
    entry: AccessEntry,
    numbers: Mapping[tuple[Capacity, str], str],
    settings: TrackerSettings,
    policies: PolicySet,
) -> dict[str, str]:
    module = None if entry.claim_type is None else policies.claim_types.get(entry.claim_type)
    return {
        "logtime": moment(entry.at),
        "action": purpose(entry, None if module is None else module.title_lv),
        "receiverCode": numbers.get((entry.capacity, entry.organisation or ""), settings.registration_number or ""),
        "receiverName": receiver(entry.who),
        "receiverSystem": settings.system,
    }
