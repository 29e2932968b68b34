"""Claims of a demo world: each with the history that leads to its status, and the message that its owner has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, insert, select, update

from gateway.audit.who import who
from gateway.claims.days import RIGA
from gateway.claims.form import Form
from gateway.claims.operations import add_event
from gateway.claims.outbox import Route, put
from gateway.claims.presence import PresenceEvidence, record_presence
from gateway.claims.snapshot import load_one
from gateway.demo.vendors import receiver
from gateway.demo.world_files import ClaimEntry, day_of
from gateway.identity.party import Party
from gateway.store.organisations import owner_id
from gateway.store.subjects import entity_subject, person_subject
from gateway.store.tables.claims import assignments, claims
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from gateway.store.tables.organisations import centres, municipalities, service_owners, third_parties
from policies.kit.claim_type import ClaimTypeModule
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    Channel,
    ClaimStatus,
    ClaimTypeCode,
    PersonCode,
    PresenceMethod,
    RegistrationNumber,
)

ClaimTypes = Mapping[ClaimTypeCode, ClaimTypeModule]
S = ClaimStatus
_WAY: Mapping[ClaimStatus, tuple[ClaimStatus, ...]] = {
    S.DRAFT: (),
    S.SUBMITTED: (S.SUBMITTED,),
    S.OUTCOME_UNKNOWN: (S.SUBMITTED, S.OUTCOME_UNKNOWN),
    S.REJECTED_BY_OWNER: (S.SUBMITTED, S.REJECTED_BY_OWNER),
    S.DELIVERED: (S.SUBMITTED, S.DELIVERED),
    S.IN_REVIEW: (S.SUBMITTED, S.DELIVERED, S.IN_REVIEW),
    S.INFORMATION_REQUESTED: (S.SUBMITTED, S.DELIVERED, S.IN_REVIEW, S.INFORMATION_REQUESTED),
    S.GRANTED: (S.SUBMITTED, S.DELIVERED, S.IN_REVIEW, S.GRANTED),
    S.REFUSED: (S.SUBMITTED, S.DELIVERED, S.IN_REVIEW, S.REFUSED),
    S.WITHDRAWN: (S.WITHDRAWN,),
}
_AFTER: Mapping[ClaimStatus, timedelta] = {
    S.SUBMITTED: timedelta(minutes=20),
    S.OUTCOME_UNKNOWN: timedelta(minutes=21),
    S.REJECTED_BY_OWNER: timedelta(minutes=21),
    S.DELIVERED: timedelta(minutes=21),
    S.WITHDRAWN: timedelta(minutes=30),
    S.IN_REVIEW: timedelta(days=1),
    S.INFORMATION_REQUESTED: timedelta(days=2),
    S.GRANTED: timedelta(days=8),
    S.REFUSED: timedelta(days=8),
}
_MESSAGE: Mapping[ClaimStatus, MessageState] = {
    S.SUBMITTED: MessageState.WAITING,
    S.OUTCOME_UNKNOWN: MessageState.DOUBTFUL,
    S.REJECTED_BY_OWNER: MessageState.REFUSED,
}
_WITHDRAWN_FROM_OWNER = (S.SUBMITTED, S.DELIVERED, S.WITHDRAWN)
_OFFICE_OPENS = time(9, 0)


def seed_claim(connection: Connection, entry: ClaimEntry, modules: ClaimTypes, today: date, now: datetime) -> None:
    """Add one claim, unless its id is there already. Raises: ValueError with what is wrong in the entry."""
    if connection.execute(select(claims.c.id).where(claims.c.id == entry.id)).first() is not None:
        return
    module = modules.get(ClaimTypeCode.parse(entry.type))
    if module is None:
        raise ValueError(f"there is no claim type {entry.type}")
    kind, applicant, applicant_code = _applicant(connection, entry, now)
    created_at = min(datetime.combine(day_of(entry.created, today), _OFFICE_OPENS, RIGA), now)
    party = _maker(connection, entry, kind, applicant, applicant_code, now)
    way = [(status, min(created_at + _AFTER[status], now)) for status in _way(entry)]
    submitted = [at for status, at in way if status is S.SUBMITTED]
    answers = dict(module.answers if entry.answers is None else entry.answers)
    problem = Form(module.form).problem(answers, complete=bool(submitted))
    if problem is not None:
        raise ValueError(f"{(problem.field or '').removeprefix('/')}: {problem.message}")
    connection.execute(
        insert(claims),
        {
            "id": entry.id,
            "type": module.code.text,
            "applicant": applicant,
            "applicant_kind": kind,
            "owner": _owner(connection, entry, module),
            "municipality": entry.municipality,
            "channel": entry.channel,
            "centre": _centre(connection, entry),
            "status": entry.status,
            "answers": answers,
            "answers_version": 1,
            "created_at": created_at,
            "created_by": party.subject,
            "submitted_at": submitted[0] if submitted else None,
            "owner_reference": entry.owner_reference,
        },
    )
    _history(connection, entry, module, party, created_at, way)
    _presence(connection, entry, created_at, now)
    _assign(connection, entry, applicant, kind, created_at)
    if submitted and module.delivered_to is not None:
        route = Route(receiver(module.delivered_to, entry.municipality), module.delivery)
        _message(connection, entry, route, party, answers, submitted[0])
        if entry.next_attempt is not None:
            next_attempt = datetime.combine(day_of(entry.next_attempt, today), _OFFICE_OPENS, RIGA)
            connection.execute(update(outbox).where(outbox.c.claim == entry.id).values(next_attempt_at=next_attempt))


def _way(entry: ClaimEntry) -> tuple[ClaimStatus, ...]:
    if entry.was_submitted is not None and entry.status is not S.WITHDRAWN:
        raise ValueError("was_submitted: goes with status WITHDRAWN alone")
    if entry.next_attempt is not None and entry.status is not S.SUBMITTED:
        raise ValueError("next_attempt: goes with status SUBMITTED alone")
    return _WITHDRAWN_FROM_OWNER if entry.was_submitted else _WAY[entry.status]


def _applicant(
    connection: Connection, entry: ClaimEntry, now: datetime
) -> tuple[ApplicantKind, str, PersonCode | RegistrationNumber]:
    if entry.person is not None and entry.legal_entity is None:
        code = PersonCode.parse(entry.person)
        return ApplicantKind.PERSON, person_subject(connection, code, now), code
    if entry.legal_entity is not None and entry.person is None:
        number = RegistrationNumber.parse(entry.legal_entity)
        return ApplicantKind.LEGAL_ENTITY, entity_subject(connection, number, now), number
    raise ValueError("give either person or legal_entity")


def _maker(
    connection: Connection,
    entry: ClaimEntry,
    kind: ApplicantKind,
    applicant: str,
    applicant_code: PersonCode | RegistrationNumber,
    now: datetime,
) -> Party:
    """Who opened and submitted it."""
    if entry.made_by is not None:
        code = PersonCode.parse(entry.made_by)
    elif isinstance(applicant_code, PersonCode):
        code = applicant_code
    else:
        raise ValueError("made_by: a legal entity's claim is made by a person")
    subject = person_subject(connection, code, now)
    if entry.channel is Channel.CENTRE:
        return Party(Capacity.CLERK, subject, code, organisation=entry.centre)
    if isinstance(applicant_code, RegistrationNumber):
        return Party(
            Capacity.LEGAL_REPRESENTATIVE, subject, code, acting_for=applicant, represented_number=applicant_code
        )
    return Party(Capacity.CITIZEN, subject, code)


def _owner(connection: Connection, entry: ClaimEntry, module: ClaimTypeModule) -> str:
    atvk = None if entry.municipality is None else AtvkCode.parse(entry.municipality)
    if atvk is not None:
        known = connection.execute(select(municipalities.c.atvk).where(municipalities.c.atvk == atvk.digits)).first()
        if known is None:
            raise ValueError(f"there is no municipality {atvk}")
    owner = owner_id(module.owner, module.level, atvk)
    if owner is None:
        raise ValueError("municipality: this claim type is a municipality's")
    if connection.execute(select(service_owners.c.id).where(service_owners.c.id == owner)).first() is None:
        raise ValueError(f"there is no owner {owner}")
    return owner


def _centre(connection: Connection, entry: ClaimEntry) -> str | None:
    if (entry.channel is Channel.CENTRE) is not (entry.centre is not None):
        raise ValueError("channel CENTRE and centre go together")
    if entry.centre is not None:
        if entry.made_by is None:
            raise ValueError("made_by: a clerk makes a centre's claims")
        if connection.execute(select(centres.c.id).where(centres.c.id == entry.centre)).first() is None:
            raise ValueError(f"there is no centre {entry.centre}")
    return entry.centre


def _history(
    connection: Connection,
    entry: ClaimEntry,
    module: ClaimTypeModule,
    party: Party,
    created_at: datetime,
    way: list[tuple[ClaimStatus, datetime]],
) -> None:
    atvk = None if entry.municipality is None else AtvkCode(entry.municipality)
    owner = owner_id(module.owner, module.level, atvk)
    owner_name = connection.execute(select(service_owners.c.name).where(service_owners.c.id == owner)).scalar()
    centre_name = connection.execute(select(centres.c.name).where(centres.c.id == entry.centre)).scalar()
    maker = who(party.capacity, centre_name)
    add_event(connection, created_at, entry.id, S.DRAFT, by=maker, party=party)
    for status, at in way:
        by_maker = status in (S.SUBMITTED, S.WITHDRAWN)
        by = maker if by_maker else owner_name
        add_event(connection, at, entry.id, status, by=by, party=party if by_maker else None)


def _presence(connection: Connection, entry: ClaimEntry, created_at: datetime, now: datetime) -> None:
    if entry.presence is None:
        return
    evidence = PresenceEvidence(
        entry.presence.method,
        entry.presence.reference,
        checked=entry.presence.method is not PresenceMethod.PAPER_MANDATE,
        single_use=False,
    )
    by = person_subject(connection, PersonCode.parse(entry.presence.by), now)
    minutes = entry.presence.minutes_ago
    at = created_at if minutes is None else now - timedelta(minutes=minutes)
    record_presence(connection, at, entry.id, by, evidence)


def _assign(
    connection: Connection, entry: ClaimEntry, applicant: str, kind: ApplicantKind, created_at: datetime
) -> None:
    capacity = Capacity.CITIZEN if kind is ApplicantKind.PERSON else Capacity.LEGAL_REPRESENTATIVE
    for third_party in dict.fromkeys(entry.assigned_to):
        if connection.execute(select(third_parties.c.id).where(third_parties.c.id == third_party)).first() is None:
            raise ValueError(f"assigned_to: there is no third party {third_party}")
        row = {
            "claim": entry.id,
            "third_party": third_party,
            "by_party": f"{capacity}/{applicant}/-/-",
            "at": created_at + timedelta(minutes=5),
        }
        connection.execute(insert(assignments), row)


def _message(
    connection: Connection,
    entry: ClaimEntry,
    route: Route,
    party: Party,
    answers: Mapping[str, object],
    submitted_at: datetime,
) -> None:
    claim = load_one(connection, entry.id)
    if claim is None:
        raise LookupError("the claim that was just added is not there")
    put(connection, submitted_at, party, claim, MessageKind.SUBMISSION, route, answers)
    state = _MESSAGE.get(entry.status, MessageState.DONE)
    values: dict[str, object] = {"state": state, "in_doubt": state is MessageState.DOUBTFUL}
    if state is not MessageState.WAITING:
        values |= {"attempts": 1, "last_attempt_at": submitted_at, "next_attempt_at": None}
    if entry.message_id is not None:
        values["message_id"] = entry.message_id
    connection.execute(update(outbox).where(outbox.c.claim == entry.id).values(**values))
