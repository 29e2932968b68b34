"""How a party stands to a claim, at the edges of time and of kinds, where no scenario waits long enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.claims.snapshot import ClaimSnapshot, RecordedPresence
from gateway.desk.door import OpenClaim
from gateway.desk.facts import STAND_BY_THEMSELVES, Moment, facts_of
from gateway.identity.party import Party
from gateway.store.reference import seed_reference
from gateway.store.store import Store
from gateway.store.subjects import entity_subject, person_subject, set_representation
from gateway.store.tables.columns import to_microseconds
from gateway.store.tables.organisations import centres
from policies.kit.facts import Facts, Presence
from policies.kit.policy_set import PolicySet
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    AtvkCode,
    Capacity,
    CentreSignificance,
    Channel,
    ClaimStatus,
    ClaimTypeCode,
    PersonCode,
    PresenceMethod,
    RegistrationNumber,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOMENT = Moment(NOW, date(2026, 11, 23))
PERSON = PersonCode("39300000099")
ENTITY = RegistrationNumber("40103000102")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'facts.sqlite3'}")
    opened.write_sync(seed_reference)
    yield opened
    opened.close()


def claim(applicant: str, kind: ApplicantKind, presence: RecordedPresence | None = None) -> ClaimSnapshot:
    return ClaimSnapshot(
        id="c-1",
        type=ClaimTypeCode("housing-benefit" if kind is ApplicantKind.PERSON else "cadastre-extract"),
        applicant_kind=kind,
        applicant=applicant,
        applicant_code=PERSON if kind is ApplicantKind.PERSON else ENTITY,
        restricted=False,
        owner="social-0054000",
        municipality=AtvkCode("0054000"),
        channel=Channel.CENTRE,
        centre="centre-1",
        status=ClaimStatus.DRAFT,
        answers_version=1,
        created_microseconds=to_microseconds(NOW - timedelta(days=3)),
        submitted_microseconds=None,
        owner_reference=None,
        presence=presence,
        assigned_to=(),
    )


def facts(store: Store, party: Party, snapshot: ClaimSnapshot) -> Facts:
    policies = PolicySet.load()
    return store.read_sync(lambda c: facts_of(c, party, [snapshot], policies, MOMENT))[0]


@pytest.mark.parametrize(("age", "counts"), [(timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False)])
def test_the_copy_of_the_enterprise_register_counts_for_24_hours(store: Store, age: timedelta, counts: bool) -> None:
    person = store.write_sync(lambda c: person_subject(c, PERSON, NOW))
    entity = store.write_sync(lambda c: entity_subject(c, ENTITY, NOW))
    store.write_sync(lambda c: set_representation(c, person, entity, True, NOW - age))
    party = Party(
        Capacity.LEGAL_REPRESENTATIVE, person, PERSON, assurance=AssuranceLevel.HIGH, acting_for=entity,
        represented_number=ENTITY,
    )  # fmt: skip
    found = facts(store, party, claim(entity, ApplicantKind.LEGAL_ENTITY))
    assert (found.is_applicant, found.represents_alone) == (True, counts)


@pytest.mark.parametrize(
    ("ago", "by", "seen"),
    [
        (timedelta(minutes=30), "clerk", Presence.PROVEN),
        (timedelta(minutes=30, seconds=1), "clerk", Presence.NONE),
        (timedelta(minutes=1), "another clerk", Presence.NONE),
    ],
)
def test_presence_counts_for_30_minutes_and_for_who_recorded_it(
    store: Store, ago: timedelta, by: str, seen: Presence
) -> None:
    row = {
        "id": "centre-1", "name": "VPVKAC", "municipality": "0054000", "significance": CentreSignificance.COUNTY,
    }  # fmt: skip
    store.write_sync(lambda c: c.execute(centres.insert(), row))
    clerk = store.write_sync(lambda c: person_subject(c, PERSON, NOW))
    recorded = RecordedPresence(PresenceMethod.EID_TAP, NOW - ago, clerk if by == "clerk" else "s-other", True)
    party = Party(Capacity.CLERK, clerk, PERSON, organisation="centre-1")
    assert facts(store, party, claim("s-anna", ApplicantKind.PERSON, recorded)).presence is seen


@pytest.mark.parametrize(
    ("capacity", "kind", "withholds"),
    [
        (Capacity.LEGAL_REPRESENTATIVE, ApplicantKind.LEGAL_ENTITY, False),
        (Capacity.THIRD_PARTY_WORKER, ApplicantKind.LEGAL_ENTITY, False),
        (Capacity.MANDATE_HOLDER, ApplicantKind.PERSON, True),
        (Capacity.THIRD_PARTY_WORKER, ApplicantKind.PERSON, True),
        (Capacity.CLERK, ApplicantKind.PERSON, True),
        (Capacity.CITIZEN, ApplicantKind.PERSON, False),
    ],
)
def test_protection_is_a_persons(capacity: Capacity, kind: ApplicantKind, withholds: bool) -> None:
    stands = Facts(capacity, ClaimTypeCode("cadastre-extract"), ClaimStatus.DRAFT, is_applicant=True)
    purpose = OpenClaim(claim("s-1", kind), stands).purpose(Party(capacity, "s-1", PERSON))
    assert purpose.withholds is withholds


@pytest.mark.parametrize(
    ("status", "withholds"),
    [(ClaimStatus.IN_REVIEW, False), (ClaimStatus.OUTCOME_UNKNOWN, False), (ClaimStatus.GRANTED, True)],
)
def test_the_officer_is_withheld_nothing_while_the_claim_runs(status: ClaimStatus, withholds: bool) -> None:
    stands = Facts(Capacity.OWNER_OFFICER, ClaimTypeCode("housing-benefit"), status, own_authority=True)
    party = Party(Capacity.OWNER_OFFICER, "s-2", PERSON, organisation="social-0054000")
    assert OpenClaim(claim("s-1", ApplicantKind.PERSON), stands).purpose(party).withholds is withholds


@pytest.mark.parametrize("capacity", sorted(STAND_BY_THEMSELVES))
def test_no_statement_is_run_for_whom_the_claim_itself_says_how_they_stand(capacity: Capacity) -> None:
    party = Party(
        capacity=capacity,
        subject="s-1",
        person_code=PERSON,
        organisation="social-0054000",
        assurance=AssuranceLevel.HIGH,
        display_name="",
    )
    unusable: Any = None
    claims = [claim("s-1", ApplicantKind.PERSON), claim("s-2", ApplicantKind.PERSON)]
    own, other = facts_of(unusable, party, claims, PolicySet.load(), MOMENT)
    assert (own.is_applicant, other.is_applicant) == (True, False)


def test_claims_of_a_list_stand_each_as_it_does_whatever_came_before(store: Store) -> None:
    party = Party(
        capacity=Capacity.CITIZEN, subject="s-1", person_code=PERSON, assurance=AssuranceLevel.HIGH, display_name=""
    )
    first = claim("s-1", ApplicantKind.PERSON)
    several = [
        first,
        replace(first, status=ClaimStatus.GRANTED),
        first,
        replace(first, restricted=True),
        replace(first, channel=Channel.ONLINE),
        replace(first, applicant="s-2"),
        first,
    ]
    policies = PolicySet.load()
    together = store.read_sync(lambda c: facts_of(c, party, several, policies, MOMENT))
    assert together == [facts(store, party, each) for each in several]
    assert together[0] is together[2] is together[6]
