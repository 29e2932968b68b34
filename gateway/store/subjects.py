"""People and legal entities by internal subject id. Reading never creates one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Column, Connection, Table, bindparam, delete, func, insert, select, update

from gateway.ids import fresh_id
from gateway.store.filing import IS_FILED, SUBJECT, file_records, places_text
from gateway.store.prepared import Prepared, each_of, every, listed
from gateway.store.tables.access import access_subjects
from gateway.store.tables.claims import claims, mandates, presences
from gateway.store.tables.columns import to_microseconds
from gateway.store.tables.people import (
    merged_subjects,
    person_codes,
    registration_numbers,
    representations,
    restrictions,
    subjects,
)
from gateway.store.tables.proof import LogEventKind, log_events
from schema.terms import ApplicantKind, PersonCode, RegistrationNumber


@dataclass(frozen=True, slots=True)
class Codes:
    """The personal codes of one person."""

    current: PersonCode
    former: tuple[PersonCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Representation:
    """What the enterprise register last said about a person and a legal entity."""

    alone: bool
    copied_at: datetime


PERSON = Prepared(
    select(person_codes.c.subject, person_codes.c.ask_from).where(person_codes.c.code == bindparam("code"))
)
"""Subject id behind a code's digits, and from when on it is to be asked whose the code is, microseconds or None."""
_now = person_codes.alias("now")
PERSON_NOW = Prepared(
    select(person_codes.c.subject, _now.c.code, person_codes.c.ask_from)
    .select_from(person_codes.join(_now, _now.c.subject == person_codes.c.subject))
    .where(person_codes.c.code == bindparam("code"), _now.c.current)
)
"""Subject id behind a code's digits, the digits of the code that the person has now, and as for :data:`PERSON`."""
ENTITY = Prepared(select(registration_numbers.c.subject).where(registration_numbers.c.number == bindparam("number")))
"""Subject id behind a registration number's digits."""
_CODE = every("codes")
# One object: row by row, a long list takes the driver twice as long.
_PEOPLE = Prepared(
    select(func.json_group_object(person_codes.c.code, person_codes.c.subject)).select_from(
        _CODE.join(person_codes, person_codes.c.code == _CODE.c.value)
    )
)
_SUBJECTS = Prepared(insert(subjects).values({column: bindparam(column.name) for column in subjects.columns}).inline())
_PERSON_CODES = Prepared(
    insert(person_codes).values({column: bindparam(column.name) for column in person_codes.columns}).inline()
)
_other = person_codes.alias("other")
OTHER_CODES = Prepared(
    select(person_codes.c.code, _other.c.code)
    .select_from(
        _CODE.join(person_codes, person_codes.c.code == _CODE.c.value).join(
            _other, _other.c.subject == person_codes.c.subject
        )
    )
    .where(_other.c.code != person_codes.c.code)
    .order_by(_other.c.current.desc(), _other.c.recorded_at, _other.c.code)
)
"""Of some codes, each with every other code of its person: the present one first."""
_RESTRICTED = Prepared(
    select(restrictions.c.subject).where(restrictions.c.subject.in_(each_of("people")), restrictions.c.restricted)
)
_CODES = Prepared(
    select(person_codes.c.subject, person_codes.c.code, person_codes.c.current)
    .where(person_codes.c.subject.in_(each_of("people")))
    .order_by(person_codes.c.recorded_at, person_codes.c.code)
)


def find_person(connection: Connection, code: PersonCode) -> str | None:
    """Subject id behind a code, current or former; None where the gateway never met it."""
    rows = PERSON.rows(connection, code=code.digits)
    return rows[0][0] if rows else None


def find_unasked(connection: Connection, code: PersonCode, now: datetime) -> tuple[str | None, bool]:
    """As :func:`find_person`, and whether the population register is to be asked whose the code is."""
    rows = PERSON.rows(connection, code=code.digits)
    return (rows[0][0], is_due(rows[0][1], now)) if rows else (None, True)


def is_due(ask_from: int | None, now: datetime) -> bool:
    """Whether it is time to ask.

    Args:
        ask_from: microseconds; None: nothing is to be asked.
    """
    return ask_from is not None and ask_from <= to_microseconds(now)


def ask_later(connection: Connection, code: PersonCode, when: datetime | None) -> None:
    """Ask whose a code is when it is used from then on; None: never, it is known. Only inside a write."""
    connection.execute(update(person_codes).where(person_codes.c.code == code.digits).values(ask_from=when))


def ask_of_representatives(connection: Connection, entity: str, when: datetime) -> bool:
    """Ask again which codes are theirs of all who may represent a legal entity alone, as they come; False where nobody
    may. Only inside a write."""
    r, codes = representations.c, person_codes.c
    people = select(r.person).where(r.entity == entity, r.alone)
    return connection.execute(update(person_codes).where(codes.subject.in_(people)).values(ask_from=when)).rowcount > 0


def find_people(connection: Connection, codes: Iterable[PersonCode]) -> dict[PersonCode, str]:
    """Subject ids of the codes that are known, by one query."""
    asked = {code.digits: code for code in codes}
    return {asked[code]: subject for code, subject in subjects_of(connection, list(asked)).items()}


def subjects_of(connection: Connection, codes: list[str]) -> dict[str, str]:
    """Subject ids of the codes that are known, all by their digits."""
    found: dict[str, str] = orjson.loads(_PEOPLE.rows(connection, codes=listed(codes))[0][0])
    return found


def person_subjects(connection: Connection, codes: Iterable[str], now: datetime) -> dict[str, str]:
    """Subject ids behind many codes, all by their digits; makes those that are not there. Only inside a write."""
    asked = list(codes)
    known = subjects_of(connection, asked)
    new = [code for code in asked if code not in known] if len(known) < len(asked) else []
    if new:
        at = to_microseconds(now)
        made = {code: _new_id() for code in new}
        _SUBJECTS.write(connection, [(subject, ApplicantKind.PERSON.value, at) for subject in made.values()])
        _PERSON_CODES.write(connection, [(code, subject, True, at, at) for code, subject in made.items()])
        known |= made
    return known


def person_subject(connection: Connection, code: PersonCode, now: datetime) -> str:
    """Subject id behind a code; makes one on first sight. Only inside a write: there is one writer, so no race."""
    return person_subjects(connection, [code.digits], now)[code.digits]


_MERGED = Prepared(
    select(merged_subjects.c.gone, merged_subjects.c.kept).where(merged_subjects.c.gone.in_(each_of("gone")))
)
_FEW = 32
_FIRST_MERGED = Prepared(select(merged_subjects.c.gone, merged_subjects.c.kept).limit(_FEW))


def merged(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Of some subject ids those that turned out to be another's, each with whose it is."""
    asked = list(ids)
    if len(asked) > _FEW and len(known := _FIRST_MERGED.rows(connection)) < _FEW:
        # Those are all there are: seldom does anybody turn out to be another.
        among = set(asked)
        return {gone: kept for gone, kept in known if gone in among}
    return dict(_MERGED.rows(connection, gone=listed(asked)))


def gone_into(connection: Connection, subject: str) -> list[str]:
    """Subject ids under which a person was known before they turned out to be this one."""
    return list(connection.execute(select(merged_subjects.c.gone).where(merged_subjects.c.kept == subject)).scalars())


def find_entity(connection: Connection, number: RegistrationNumber) -> str | None:
    """Subject id of a legal entity; None where the gateway never met it."""
    rows = ENTITY.rows(connection, number=number.digits)
    return rows[0][0] if rows else None


def entity_subject(connection: Connection, number: RegistrationNumber, now: datetime) -> str:
    """Subject id of a legal entity; makes one on first sight. Only inside a write."""
    known = find_entity(connection, number)
    if known is not None:
        return known
    subject = _new_subject(connection, ApplicantKind.LEGAL_ENTITY, now)
    connection.execute(insert(registration_numbers), {"number": number.digits, "subject": subject})
    return subject


def codes_of(connection: Connection, people: Iterable[str]) -> dict[str, Codes]:
    """Current and former codes of many people, by one query; who has no code is not in the answer."""
    current: dict[str, PersonCode] = {}
    former: dict[str, list[PersonCode]] = {}
    for subject, code, is_current in _CODES.rows(connection, people=listed(list(people))):
        if is_current:
            current[subject] = PersonCode(code)
        else:
            former.setdefault(subject, []).append(PersonCode(code))
    return {subject: Codes(code, tuple(former.get(subject, ()))) for subject, code in current.items()}


def every_code(connection: Connection, code: PersonCode) -> tuple[PersonCode, ...]:
    """All codes of whom a code belongs to, itself first; itself alone where the gateway never met it."""
    rows = OTHER_CODES.rows(connection, codes=listed([code.digits]))
    return (code, *(PersonCode(other) for _, other in rows))


def numbers_of(connection: Connection, entities: Iterable[str]) -> dict[str, RegistrationNumber]:
    """Registration numbers of legal entities by subject id; who has none is not in the answer."""
    rows = connection.execute(
        select(registration_numbers.c.subject, registration_numbers.c.number).where(
            registration_numbers.c.subject.in_(list(entities))
        )
    )
    return {subject: RegistrationNumber(number) for subject, number in rows}


def record_codes(connection: Connection, current: PersonCode, former: Iterable[PersonCode], now: datetime) -> str:
    """Record that several codes are one person's, as the population register says, and give the subject id.

    Where the gateway had met the person under two codes, the subjects become one: the one it met first.
    """
    codes = (current, *former)
    known = [s for s in dict.fromkeys(find_person(connection, code) for code in codes) if s is not None]
    if not known:
        subject = _new_subject(connection, ApplicantKind.PERSON, now)
    else:
        first_met = connection.execute(
            select(subjects.c.id).where(subjects.c.id.in_(known)).order_by(subjects.c.created_at, subjects.c.id)
        ).scalars()
        subject, *others = first_met
        for other in others:
            _merge(connection, now, kept=subject, gone=other)
    have = {c.digits for c in _codes_listed(connection, subject)}
    for code in codes:
        if code.digits not in have:
            _add_code(connection, subject, code, now)
    connection.execute(
        update(person_codes)
        .where(person_codes.c.subject == subject)
        .values(current=person_codes.c.code == current.digits, ask_from=None)
    )
    return subject


def set_restricted(connection: Connection, subject: str, restricted: bool, now: datetime) -> None:
    """Copy the population register's flag of a protected person."""
    _replace(connection, restrictions, {"subject": subject}, {"restricted": restricted, "copied_at": now})


def lift_restriction(connection: Connection, subject: str, as_of: datetime) -> None:
    """End a protection, unless the own copy says later than ``as_of`` that there is one. Only inside a write."""
    r = restrictions.c
    connection.execute(
        update(restrictions)
        .where(r.subject == subject, r.restricted, r.copied_at <= as_of)
        .values(restricted=False, copied_at=as_of)
    )


_PROTECTION = Prepared(
    select(person_codes.c.code)
    .select_from(
        _CODE.join(person_codes, person_codes.c.code == _CODE.c.value).join(
            restrictions, restrictions.c.subject == person_codes.c.subject
        )
    )
    .where(restrictions.c.restricted)
)


def protection_of(connection: Connection, codes: Iterable[PersonCode]) -> dict[PersonCode, bool]:
    """True for each code, current or former, of somebody whom the own copy calls protected; others are not in it."""
    asked = list(codes)
    found = {row[0] for row in _PROTECTION.rows(connection, codes=listed([code.digits for code in asked]))}
    return {code: True for code in asked if code.digits in found} if found else {}


def restricted_of(connection: Connection, people: Iterable[str]) -> frozenset[str]:
    """Those of the people whom the own copy calls protected, by one query."""
    return frozenset(row[0] for row in _RESTRICTED.rows(connection, people=listed(list(people))))


def set_representation(connection: Connection, person: str, entity: str, alone: bool, now: datetime) -> None:
    """Copy what the enterprise register says about a person and a legal entity."""
    _replace(connection, representations, {"person": person, "entity": entity}, {"alone": alone, "copied_at": now})


def representation(connection: Connection, person: str, entity: str) -> Representation | None:
    """The own copy; None where the person is not listed. How old it may be is the reader's question."""
    row = connection.execute(
        select(representations.c.alone, representations.c.copied_at).where(
            representations.c.person == person, representations.c.entity == entity
        )
    ).first()
    return None if row is None else Representation(row.alone, row.copied_at)


def _new_subject(connection: Connection, kind: ApplicantKind, now: datetime) -> str:
    subject = _new_id()
    connection.execute(insert(subjects), {"id": subject, "kind": kind, "created_at": now})
    return subject


def _new_id() -> str:
    return fresh_id("s")


def _codes_listed(connection: Connection, subject: str) -> list[PersonCode]:
    rows = connection.execute(select(person_codes.c.code).where(person_codes.c.subject == subject)).scalars()
    return [PersonCode(code) for code in rows]


def _add_code(connection: Connection, subject: str, code: PersonCode, now: datetime) -> None:
    connection.execute(
        insert(person_codes), {"code": code.digits, "subject": subject, "current": False, "recorded_at": now}
    )


def _replace(connection: Connection, table: Table, key: Mapping[str, str], values: Mapping[str, object]) -> None:
    conditions = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*conditions).values(**values)).rowcount == 0:
        connection.execute(insert(table), {**key, **values})


_REFERRING: tuple[Column[str], ...] = (
    person_codes.c.subject,
    claims.c.applicant,
    claims.c.created_by,
    claims.c.presence_by,
    presences.c.by_subject,
    mandates.c.grantor,
    mandates.c.holder_subject,
    mandates.c.created_by,
)


def _merge(connection: Connection, now: datetime, *, kept: str, gone: str) -> None:
    """Let all that names ``gone`` name ``kept``; where both have a row for the same thing, the kept one's stays."""
    for column in _REFERRING:
        connection.execute(update(column.table).where(column == gone).values({column.name: kept}))
    _merge_logs(connection, kept, gone)
    protected = restricted_of(connection, (kept, gone))
    if protected == {gone}:
        # Either code protected is reason enough to withhold, until the register says otherwise.
        copied_at = connection.execute(select(restrictions.c.copied_at).where(restrictions.c.subject == gone)).scalar()
        if copied_at is not None:
            set_restricted(connection, kept, True, copied_at)
    connection.execute(update(merged_subjects).where(merged_subjects.c.kept == gone).values(kept=kept))
    connection.execute(insert(merged_subjects), {"gone": gone, "kept": kept})
    event = {"at": now, "kind": LogEventKind.MERGED, "body": {"gone": gone, "kept": kept}}
    connection.execute(insert(log_events), event)
    connection.execute(delete(restrictions).where(restrictions.c.subject == gone))
    _merge_representations(connection, kept, gone)
    connection.execute(delete(subjects).where(subjects.c.id == gone))


def _merge_representations(connection: Connection, kept: str, gone: str) -> None:
    """Of each legal entity what was said last, under whichever code."""
    people = representations.c.person
    said = connection.execute(
        select(representations).where(people.in_((kept, gone))).order_by(representations.c.copied_at)
    ).all()
    connection.execute(delete(representations).where(people.in_((kept, gone))))
    last = {row.entity: row for row in said}
    if last:
        rows = [row._asdict() | {"person": kept} for row in last.values()]
        connection.execute(insert(representations), rows)


def _merge_logs(connection: Connection, kept: str, gone: str) -> None:
    """Put the one's records among the other's; a record that is about both stands there once."""
    file_records(connection)
    log = access_subjects.c
    rows = connection.execute(select(access_subjects).where(log.subject.in_((kept, gone)), IS_FILED)).all()
    found: dict[tuple[int, str], set[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault((row.up_to, row.claim), set()).update(zip(row.places[::2], row.places[1::2], strict=True))
    touched = {(row.up_to, row.claim) for row in rows if row.subject == gone}
    for up_to, claim in touched:
        together = (log.up_to == up_to, log.claim == claim)
        connection.execute(delete(access_subjects).where(log.subject.in_((kept, gone)), *together))
        # As a text that another one would write too: see how it is verified.
        SUBJECT.insert(
            connection, subject=kept, up_to=up_to, claim=claim, places=places_text(list(found[up_to, claim]))
        )
