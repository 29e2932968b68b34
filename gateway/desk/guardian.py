"""What a parent may see of a minor's log.

What opens a log is said by the population register while the request goes on. A log that is not open is read as that of
somebody whom the gateway never met: same statements, same rows written, same bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from gateway.audit.view import Filed, Page, entries_of
from gateway.desk.claims import log_page
from gateway.desk.records import RecordReader
from gateway.desk.scope import Scope
from gateway.store.filing import IS_FILED
from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.subjects import codes_of, find_people, merged, protection_of, record_codes, restricted_of
from gateway.store.tables.access import access_records, access_subjects
from gateway.store.tables.claims import claims
from schema.graph.guardian import ChildLog
from schema.graph.paging import checked_first
from schema.graph.person import Person
from schema.graph.transparency import AccessEntryConnection
from schema.partial_date import PartialDate
from schema.ports import FieldError
from schema.records.natural_person import NaturalPerson

OF_AGE = 18
_NOBODY = ""
"""A subject that nobody is: an empty log."""
_ONE_REQUEST = 60_000_000
"""Microseconds between the rows of one request, at most."""


class GuardianDesk:
    """The Guardians port of one request."""

    def __init__(self, scope: Scope, records: RecordReader) -> None:
        self._scope = scope
        self._records = records

    async def children(self, people: Sequence[Person]) -> list[Any]:
        """The children of each, every one of them, as the register knows them now; or why there is no answer."""
        parents = await self._records.read_now(
            NaturalPerson, [each.code for each in people], [each.purpose for each in people]
        )
        asked = {
            code: person.purpose
            for person, record in zip(people, parents, strict=True)
            if isinstance(record, NaturalPerson)
            for code in record.children
        }
        found: Mapping[Any, Any] = {}
        if asked:
            children = await self._records.read_now(NaturalPerson, list(asked), list(asked.values()))
            found = dict(zip(asked, children, strict=True))
        return [
            [ChildLog(code=code, purpose=person.purpose, records=(parent, found[code])) for code in parent.children]
            if isinstance(parent, NaturalPerson)
            else parent
            for person, parent in zip(people, parents, strict=True)
        ]

    async def entries(
        self, logs: Sequence[ChildLog], first: int | None, after: str | None
    ) -> list[AccessEntryConnection | FieldError]:
        """One page of each log."""
        wanted = checked_first(first, 50)
        return [await self._page(each, wanted, after) for each in logs]

    async def _page(self, log: ChildLog, first: int, after: str | None) -> AccessEntryConnection | FieldError:
        parent, child = log.records
        if isinstance(child, FieldError):
            return child
        moment = self._scope.moment
        shown = moment.protection_known and child is not None and is_open(parent, child, moment.today)

        def read(connection: Connection) -> Page:
            subject = self._subject(connection, parent, child) if shown else _NOBODY
            return entries_of(connection, subject, first, after, moment.now, partial(self._leave_out, subject))

        return await log_page(self._scope, read, after)

    def _subject(self, connection: Connection, parent: NaturalPerson, child: NaturalPerson) -> str:
        """Whose log it is, under whatever code they were met; nobody's where the own copy knows of a protection."""
        codes = (child.person_code, *child.former_person_codes)
        together = {link.person_code for each in (parent, child) for link in each.household}
        if protection_of(connection, {*codes, *together, parent.person_code, *parent.former_person_codes}):
            return _NOBODY
        known = set(find_people(connection, codes).values())
        if len(known) > 1:
            return record_codes(connection, child.person_code, child.former_person_codes, self._scope.moment.now)
        return next(iter(known), _NOBODY)

    def _leave_out(self, child: str, connection: Connection, filed: Sequence[Filed]) -> Sequence[Filed]:
        return shown_to_parent(connection, self._scope.party.subject, child, filed)


def shown_to_parent(connection: Connection, viewer: str, child: str, filed: Sequence[Filed]) -> Sequence[Filed]:
    """Of a child's records those that a parent is shown where the log is open.

    Not shown are:

    - what the parent did, what was done on the parent's claims, and what else stands in the parent's own log: an empty
      log beside it would tell that this one is not shown;
    - what a protected person did, and what was done on such a person's claim. Somebody who is forgotten, or whose draft
      is gone, counts as one, since they may have been;
    - what the child did, and what was done on the child's own claims: a child who asks for something, or looks who read
      of them, is not watched at it.

    So whatever is shown is of somebody else's claim, to which no entry leads, or of none.
    """
    c, on = claims.c, {claim for _, _, claim in filed}
    rows = _asked(connection, {place for place, _, _ in filed})
    found = connection.execute(select(c.id, c.applicant).where(c.id.in_(on)))
    applicants: dict[str, str] = {row.id: row.applicant for row in found}
    people = {viewer, *(by for _, by in rows.values()), *applicants.values()}
    one = merged(connection, people)
    viewer = one.get(viewer, viewer)
    told = {one.get(each, each) for each in people} - {viewer, child}
    told &= codes_of(connection, told).keys()
    told -= restricted_of(connection, told)
    others = {each for each in people if one.get(each, each) in told}
    own = _requests_about(connection, viewer, on, sorted(rows))
    return [
        (place, number, claim)
        for place, number, claim in filed
        if rows[place][1] in others
        and (not claim or applicants.get(claim) in others)
        and (rows[place][0], claim) not in own
    ]


_ASKED = Prepared(
    select(access_records.c.place, access_records.c.request_id, access_records.c.by_subject).where(
        access_records.c.place.in_(each_of("places"))
    )
)


def _asked(connection: Connection, places: Collection[int]) -> dict[int, tuple[str, str]]:
    """Request and who asked, by place."""
    return {place: (request, by) for place, request, by in _ASKED.rows(connection, places=listed(list(places)))}


def _requests_about(
    connection: Connection, subject: str, on: Collection[str], near: Sequence[int]
) -> set[tuple[str, str]]:
    """Requests that are in somebody's log, each with the claim: of some claims, and of those that may have written what
    stands at some places, which are in order."""
    if not near:
        return set()
    s = access_subjects.c
    kept = connection.execute(
        select(s.claim, s.places).where(
            s.subject == subject, s.claim.in_(on), s.up_to >= near[0] - _ONE_REQUEST, IS_FILED
        )
    )
    claims_at: dict[int, set[str]] = {}
    for claim, places in kept:
        for place in places[::2]:
            behind = bisect_left(near, place - _ONE_REQUEST)
            if behind < len(near) and near[behind] <= place + _ONE_REQUEST:
                claims_at.setdefault(place, set()).add(claim)
    asked = _asked(connection, claims_at)
    return {(request, claim) for place, (request, _) in asked.items() for claim in claims_at[place]}


def is_open(parent: NaturalPerson, child: NaturalPerson, today: date) -> bool:
    """Whether the register's records open a child's log to a parent.

    The contract says who is whose child, not whether a court took the rights of a parent away: both must be declared at
    one address, where parents have custody together (Civil Law, section 178), and nobody there may be protected.

    Args:
        parent, child: as the register says them now; the child is one of the parent's.
        today: in Rīga.
    """
    own = {parent.person_code, *parent.former_person_codes}
    together = any(link.relation == "parent" and link.person_code in own for link in child.household)
    links = (*parent.household, *child.household)
    protected = parent.restricted or child.restricted or any(link.restricted for link in links)
    return together and not protected and is_minor(child.birth_date, today)


def is_minor(born: PartialDate | None, today: date) -> bool:
    """Whether somebody is certainly under age: of a date that is known in part, the earliest day counts."""
    if born is None:
        return False
    return (today.year, today.month, today.day) < (born.year + OF_AGE, born.month or 1, born.day or 1)
