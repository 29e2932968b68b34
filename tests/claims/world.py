"""A small store for tests of claims: one person, one legal entity, two owners, one third party."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from gateway.claims.form import Form
from gateway.claims.operations import NewDraft, Submission, prepare, submit
from gateway.claims.outbox import Route
from gateway.claims.outcome import Outcome
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.identity.party import Party
from gateway.store.subjects import person_subject
from gateway.store.tables.organisations import contracts, municipalities, service_owners, third_parties
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    Channel,
    ClaimTypeCode,
    ContractKind,
    DeliveryStrategy,
    GovernmentLevel,
    MunicipalityKind,
    PersonCode,
    ThirdPartyKind,
    ThirdPartyStatus,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ANNA = PersonCode("39100000011")
VALMIERA = AtvkCode("0054000")
HOUSING = ClaimTypeCode("housing-benefit")
ANSWERS = {"tenure": "RENT", "monthlyCosts": "310.50"}
FORM = Form(
    {
        "type": "object",
        "properties": {"tenure": {"enum": ["RENT", "OWN"]}, "monthlyCosts": {"type": "string"}},
        "required": ["tenure", "monthlyCosts"],
        "additionalProperties": False,
    }
)
ROUTE = Route("social_assistance", DeliveryStrategy.IDEMPOTENCY_KEY)


def seed(connection: Connection) -> None:
    """The reference rows that claims point at."""
    connection.execute(
        insert(municipalities),
        {
            "atvk": "0054000",
            "name": "Valmieras novads",
            "kind": MunicipalityKind.COUNTY,
            "valid_from": date(2021, 7, 1),
        },
    )
    for owner in ("social-0054000", "vid", "vzd"):
        row = {"id": owner, "name": f"Owner {owner}", "level": GovernmentLevel.NATIONAL, "municipality": None}
        connection.execute(insert(service_owners), row)
    connection.execute(
        insert(third_parties),
        {
            "id": "tp-support",
            "name": 'Biedrība "Atbalsts mājās"',
            "registration_number": "40008000102",
            "kind": ThirdPartyKind.NGO,
            "status": ThirdPartyStatus.ACTIVE,
            "changed_at": NOW,
        },
    )
    connection.execute(
        insert(contracts),
        {
            "third_party": "tp-support",
            "number": "1",
            "kind": ContractKind.PARTICIPATION,
            "valid_from": TODAY,
            "valid_to": TODAY,
            "requests_per_day": 3,
        },
    )


def anna(connection: Connection) -> Party:
    """Anna, signed in as a citizen."""
    return Party(Capacity.CITIZEN, person_subject(connection, ANNA, NOW), ANNA)


def draft_of_anna(
    connection: Connection,
    answers: Mapping[str, Any] | None = ANSWERS,
    owner: str = "social-0054000",
    claim_type: ClaimTypeCode = HOUSING,
    now: datetime = NOW,
) -> ClaimSnapshot:
    """A draft that Anna has just opened."""
    party = anna(connection)
    draft = NewDraft(
        type=claim_type,
        applicant_kind=ApplicantKind.PERSON,
        applicant=party.subject,
        owner=owner,
        municipality=VALMIERA,
        channel=Channel.ONLINE,
        answers=answers,
    )
    claim = prepare(connection, now, party, draft, FORM).claim
    assert claim is not None
    return claim


def submit_draft(
    connection: Connection, claim: ClaimSnapshot, key: str = "k-1", route: Route = ROUTE, now: datetime = NOW
) -> Outcome:
    """Submit as Anna, with the claim as it is now."""
    submission = Submission(key, {"id": claim.id}, FORM, route, ())
    return submit(connection, now, anna(connection), reload(connection, claim.id), submission)


def submitted(connection: Connection, owner: str = "social-0054000", route: Route = ROUTE) -> str:
    """Id of a claim that Anna has just submitted."""
    claim = draft_of_anna(connection, owner=owner)
    outcome = submit_draft(connection, claim, key=claim.id, route=route)
    assert outcome.problems == ()
    return claim.id


def reload(connection: Connection, claim_id: str) -> ClaimSnapshot:
    """The claim as it is now."""
    claim = load_one(connection, claim_id)
    assert claim is not None
    return claim


def later(seconds: float) -> datetime:
    """After :data:`NOW`."""
    return NOW + timedelta(seconds=seconds)
