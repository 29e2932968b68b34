"""From the own store to the facts that rules look at: how one party stands to many claims, by a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from gateway.claims.mandates import mandates_between
from gateway.claims.snapshot import ClaimSnapshot, RecordedPresence
from gateway.identity.party import Party
from gateway.store.organisations import all_centres, all_third_parties
from gateway.store.subjects import representation, restricted_of
from policies.kit.facts import Facts, Presence
from policies.kit.policy_set import PolicySet
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    GovernmentLevel,
)

PRESENCE_COUNTS = timedelta(minutes=30)
REPRESENTATION_COUNTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request is decided."""

    now: datetime
    """UTC."""
    today: date
    """In Rīga."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision needs of a claim, which may not exist yet."""

    type: ClaimTypeCode
    applicant: str
    applicant_kind: ApplicantKind
    owner: str
    municipality: AtvkCode | None
    channel: Channel
    centre: str | None
    status: ClaimStatus
    submitted: bool
    presence: RecordedPresence | None
    assigned_to: tuple[str, ...]
    new: bool = False

    @classmethod
    def of(cls, claim: ClaimSnapshot) -> Subject:
        """An existing claim."""
        return cls(
            claim.type,
            claim.applicant,
            claim.applicant_kind,
            claim.owner,
            claim.municipality,
            claim.channel,
            claim.centre,
            claim.status,
            claim.submitted_at is not None,
            claim.presence,
            claim.assigned_to,
        )


def facts_of(
    connection: Connection, party: Party, subjects: Sequence[Subject], policies: PolicySet, moment: Moment
) -> list[Facts]:
    """Facts of each claim, in order. Nothing but the own store and the token is asked."""
    if not subjects:
        return []
    restricted = restricted_of(connection, {each.applicant for each in subjects})
    basis = [
        Facts(
            capacity=party.capacity,
            claim_type=each.type,
            status=each.status,
            new=each.new,
            channel=each.channel,
            assurance=party.assurance,
            restricted=each.applicant in restricted,
        )
        for each in subjects
    ]
    add = _ADD.get(party.capacity)
    return basis if add is None else add(connection, party, subjects, basis, policies, moment)


def represents_alone(connection: Connection, party: Party, moment: Moment) -> bool:
    """Whether a recent enough copy of the enterprise register lets the party represent the legal entity alone."""
    copy = None if party.acting_for is None else representation(connection, party.subject, party.acting_for)
    return copy is not None and copy.alone and moment.now - copy.copied_at <= REPRESENTATION_COUNTS


def with_presence(facts: Facts, *, checked: bool) -> Facts:
    """The facts once a presence that the request carries is recorded."""
    return replace(facts, presence=Presence.PROVEN if checked else Presence.STATED)


def _citizen(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    return [
        replace(facts, is_applicant=each.applicant == party.subject)
        for facts, each in zip(basis, subjects, strict=True)
    ]


def _legal_representative(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    alone = represents_alone(connection, party, moment)
    return [
        replace(facts, is_applicant=each.applicant == party.acting_for, represents_alone=alone)
        for facts, each in zip(basis, subjects, strict=True)
    ]


def _mandate_holder(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    grantors = [] if party.acting_for is None else [party.acting_for]
    given = _mandated(connection, grantors, party.subject, None, moment)
    return [
        _mandated_facts(replace(facts, is_applicant=each.applicant == party.acting_for), given, each)
        for facts, each in zip(basis, subjects, strict=True)
    ]


def _third_party(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    if party.organisation is None:
        return list(basis)
    organisation = all_third_parties(connection, [party.organisation]).get(party.organisation)
    if organisation is None:
        return list(basis)
    applicants = list({each.applicant for each in subjects})
    given = _mandated(connection, applicants, None, party.organisation, moment)
    active = organisation.status.value == "ACTIVE"
    in_force = organisation.contract.in_force(moment.today)
    return [
        _mandated_facts(
            replace(
                facts,
                organisation_active=active,
                contract_in_force=in_force,
                contract_covers=organisation.covers(each.type, _place(policies, each)),
                assigned=organisation.id in each.assigned_to,
            ),
            given,
            each,
        )
        for facts, each in zip(basis, subjects, strict=True)
    ]


def _clerk(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    centre = (
        None if party.organisation is None else all_centres(connection, [party.organisation]).get(party.organisation)
    )
    if centre is None:
        return list(basis)

    def in_basket(each: Subject) -> bool:
        place = _place(policies, each)
        return each.type in centre.claim_types and (place is None or place == centre.municipality)

    return [
        replace(
            facts,
            own_centre=each.centre == centre.id,
            in_basket=in_basket(each),
            presence=_presence(party, each, moment),
        )
        for facts, each in zip(basis, subjects, strict=True)
    ]


def _officer(
    connection: Connection,
    party: Party,
    subjects: Sequence[Subject],
    basis: Sequence[Facts],
    policies: PolicySet,
    moment: Moment,
) -> list[Facts]:
    return [
        replace(
            facts,
            own_authority=each.owner == party.organisation and each.submitted,
            is_applicant=each.applicant == party.subject,
        )
        for facts, each in zip(basis, subjects, strict=True)
    ]


_ADD = {
    Capacity.CITIZEN: _citizen,
    Capacity.LEGAL_REPRESENTATIVE: _legal_representative,
    Capacity.MANDATE_HOLDER: _mandate_holder,
    Capacity.THIRD_PARTY_WORKER: _third_party,
    Capacity.CLERK: _clerk,
    Capacity.OWNER_OFFICER: _officer,
}


def _presence(party: Party, subject: Subject, moment: Moment) -> Presence:
    last = subject.presence
    if last is None or last.by_subject != party.subject or moment.now - last.recorded_at > PRESENCE_COUNTS:
        return Presence.NONE
    return Presence.PROVEN if last.checked else Presence.STATED


def _place(policies: PolicySet, subject: Subject) -> AtvkCode | None:
    """The municipality that a contract or a basket has to name; None for what the state decides."""
    module = policies.claim_types.get(subject.type)
    return subject.municipality if module is not None and module.level is GovernmentLevel.MUNICIPAL else None


_Given = Mapping[tuple[str, ClaimTypeCode], frozenset[ClaimAction]]


def _mandated(
    connection: Connection, grantors: Sequence[str], holder: str | None, third_party: str | None, moment: Moment
) -> _Given:
    """Actions of the mandates in force, by grantor and claim type."""
    actions: dict[tuple[str, ClaimTypeCode], frozenset[ClaimAction]] = {}
    between = mandates_between(connection, grantors, holder, third_party, moment.today)
    for grantor, mandates in between.items():
        for mandate in mandates:
            for code in mandate.claim_types:
                actions[grantor, code] = actions.get((grantor, code), frozenset()) | mandate.actions
    return actions


def _mandated_facts(facts: Facts, given: _Given, subject: Subject) -> Facts:
    actions = given.get((subject.applicant, subject.type))
    return facts if actions is None else replace(facts, mandate_in_force=True, mandate_actions=actions)
