"""What the national portal shows of a log: uses of somebody's data, and since when they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    exists,
    func,
    not_,
    select,
    type_coerce,
)

from gateway.audit.record import AccessRecord, AccessSubject, append, read_id
from gateway.audit.view import AccessEntry, Filed, entries_at
from gateway.store.filing import IS_FILED, file_records
from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.tables.access import access_records, access_subjects
from gateway.store.tables.columns import to_microseconds
from gateway.store.tables.organisations import centres, service_owners, third_parties
from schema.terms import AccessOutcome, Capacity, ClaimAction, SubjectRole

READING = ("dataTracker.findUsage",)
"""Paths of the records of such readings. They are in the log, and not among the uses that the portal pages through by
number: each page's reading would move the next page on."""
_AT_ONCE = 500
"""Entries made at a time, so that few are held that nobody asked for."""
_BEFORE_ALL = -(2**62)
_AFTER_ALL = 2**62
_ORGANISATIONS = {
    Capacity.CLERK: centres,
    Capacity.THIRD_PARTY_WORKER: third_parties,
    Capacity.OWNER_OFFICER: service_owners,
}


@dataclass(frozen=True, slots=True)
class Window:
    """Which uses are wanted.

    Attributes:
        since: aware; the first moment, included. None: from the beginning.
        until: aware; the last moment, included. None: up to now.
        offset: uses left out, from the newest.
        limit: uses given at most.
    """

    since: datetime | None
    until: datetime | None
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody who reads, or is refused, the uses of somebody's data.

    Attributes:
        at: aware UTC.
        who: in words (:mod:`gateway.audit.who`).
        reader: subject id of who is signed in at the portal.
        about: subject id of whose data it is.
        rule: by which it was decided.
        of_entity: it is a legal entity's.
    """

    at: datetime
    request_id: str
    capacity: Capacity
    who: str
    reader: str
    about: str
    permitted: bool
    rule: str
    policy_version: str
    of_entity: bool = False


@dataclass(frozen=True, slots=True)
class Uses:
    """Some uses, newest first, and how many there are in the window.

    Attributes:
        numbers: registration numbers of the organisations among them that have one, by capacity and id.
    """

    total: int
    entries: tuple[AccessEntry, ...]
    numbers: Mapping[tuple[Capacity, str], str]


def record_reading(connection: Connection, reading: Reading) -> None:
    """Record a reading before anything is given, and file all that was written until now. Only inside a write."""
    record = AccessRecord(
        at=reading.at,
        request_id=reading.request_id,
        capacity=reading.capacity,
        organisation=None,
        by_subject=reading.reader,
        who=reading.who,
        claim=None,
        claim_type=None,
        action=ClaimAction.READ,
        outcome=AccessOutcome.PERMITTED if reading.permitted else AccessOutcome.DENIED,
        coordinates=("LegalEntity.accessLog" if reading.of_entity else "Person.accessLog",),
        paths=READING,
        rules=(reading.rule,),
        policy_version=reading.policy_version,
        subjects=(AccessSubject(reading.about, SubjectRole.SELF if reading.permitted else SubjectRole.APPLICANT),),
    )
    append(connection, [record])
    if reading.permitted:
        file_records(connection)


_s, _r = access_subjects.c, access_records.c
_each = func.json_each(_s.places).table_valued("key", "value")
# Places and numbers by turns: a record for each place.
_key, _place = type_coerce(_each.c.key, Integer), type_coerce(_each.c.value, Integer)
_amending = access_records.alias()
# What stands here is taken away where nothing of it was released after all: `entries_at` says so.
_AMENDED = and_(_r.outcome == AccessOutcome.PERMITTED, exists().where(_amending.c.amends == _r.place))
_NAME = _s.up_to.op("||")(" ").op("||")(_key).op("||")(" ").op("||")(_s.claim)
"""Of one record among those of a subject."""


def _uses(*columns: Any) -> Select[Any]:
    """Records of ``subject`` that the portal may list, from ``since`` to ``until``, disclosed at ``now``."""
    # As text: a list is written in one way only.
    own_reading = and_(type_coerce(_r.paths, Text) == listed(READING), _r.outcome == AccessOutcome.PERMITTED)
    # A row stands at its time or behind it, and was filed with what came later.
    in_time = (
        _s.up_to >= bindparam("since"),
        _place >= bindparam("since"),
        type_coerce(_r.at, Integer) >= bindparam("since"),
        type_coerce(_r.at, Integer) <= bindparam("until"),
    )
    return (
        select(*columns)
        .select_from(access_subjects.join(_each, and_(_key % 2 == 0)).join(access_records, _r.place == _place))
        .where(
            _s.subject == bindparam("subject"),
            IS_FILED,
            type_coerce(_r.disclosed_at, Integer) <= bindparam("now"),
            *in_time,
            not_(own_reading),
        )
    )


_COUNT = Prepared(
    _uses(
        func.count(),
        func.json_group_array(func.json_array(_place, _s.up_to, _key, _s.claim, type_=String)).filter(_AMENDED),
    )
)
_PAGE = Prepared(
    _uses(_place, _s.up_to, _key, _s.claim)
    .where(not_(and_(_place.in_(each_of("gone_places")), _NAME.in_(each_of("gone")))))
    # What was filed later is newer throughout: what is older than the page is not gone through.
    .order_by(_s.up_to.desc(), _place.desc(), _s.claim, _key.desc())
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)
_PLACES = Prepared(
    select(_s.up_to, _s.claim, _s.places).where(_s.subject == bindparam("subject"), _s.up_to.in_(each_of("up_to")))
)
_Named = tuple[int, int, int, str]
"""Place of a record's row, and where it is among those of its subject: up to where filed, which, and claim."""


def uses_of(connection: Connection, subject: str, window: Window, now: datetime) -> Uses:
    """Some uses of a subject's data, as of one snapshot. It goes through all that is filed: not on the event loop.

    What is not disclosed yet is neither listed nor counted.

    Args:
        subject: subject id.
        now: aware UTC.
    """
    within = {
        "subject": subject,
        "now": to_microseconds(now),
        "since": _BEFORE_ALL if window.since is None else to_microseconds(window.since),
        "until": _AFTER_ALL if window.until is None else to_microseconds(window.until),
    }
    count, amended = _COUNT.rows(connection, **within)[0]
    gone = _gone(connection, subject, [tuple(each) for each in orjson.loads(amended)], now)
    total = count - len(gone)
    if window.offset >= total or window.limit == 0:
        return Uses(total, (), {})
    rows = _PAGE.rows(
        connection,
        **within,
        gone=listed(list(gone)),
        gone_places=listed(list(gone.values())),
        most=window.limit,
        offset=window.offset,
    )
    entries = tuple(
        entry for some in _some(rows) for entry in entries_at(connection, _filed(connection, subject, some), now)
    )
    return Uses(total, entries, _registration_numbers(connection, entries))


def _gone(connection: Connection, subject: str, amended: Sequence[Any], now: datetime) -> dict[str, int]:
    """Those of which nothing was released: their names, with the places of their rows."""
    gone: dict[str, int] = {}
    for some in _some(amended):
        filed = dict(zip(_filed(connection, subject, some), some, strict=True))
        kept = {read_id(each.id)[::2] for each in entries_at(connection, list(filed), now)}
        gone |= {
            f"{up_to} {key} {claim}": place
            for (place, number, _), (_, up_to, key, claim) in filed.items()
            if (place, number) not in kept
        }
    return gone


def _some(rows: Iterable[Any]) -> Iterable[list[_Named]]:
    remaining = iter(rows)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some


def _filed(connection: Connection, subject: str, named: Sequence[_Named]) -> list[Filed]:
    up_to = sorted({each[1] for each in named})
    places = {
        (filed, claim): orjson.loads(text)
        for filed, claim, text in _PLACES.rows(connection, subject=subject, up_to=listed(up_to))
    }
    return [(place, places[filed, claim][key + 1], claim) for place, filed, key, claim in named]


def kept_since(connection: Connection, now: datetime) -> datetime:
    """When the oldest record that is disclosed was written; ``now`` where there is none."""
    oldest = select(_r.at).where(_r.disclosed_at <= now).order_by(_r.place).limit(1)
    at: datetime | None = connection.execute(oldest).scalar()
    return now if at is None else at


def _registration_numbers(connection: Connection, entries: Iterable[AccessEntry]) -> Mapping[tuple[Capacity, str], str]:
    wanted: dict[Capacity, set[str]] = {}
    for each in entries:
        if each.organisation is not None and each.capacity in _ORGANISATIONS:
            wanted.setdefault(each.capacity, set()).add(each.organisation)
    return {
        (capacity, row.id): str(getattr(row.registration_number, "digits", row.registration_number))
        for capacity, ids in wanted.items()
        for table in (_ORGANISATIONS[capacity],)
        for row in connection.execute(
            select(table.c.id, table.c.registration_number).where(
                table.c.id.in_(ids), table.c.registration_number.is_not(None)
            )
        )
    }
