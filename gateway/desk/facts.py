"""From the own store to the facts that rules look at: how one party stands to many claims, by a handful of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.claims.mandates import allowed_between
from gateway.claims.snapshot import ClaimSnapshot
from gateway.identity.party import Party
from gateway.store.copies import COUNTS
from gateway.store.organisations import ThirdParty, centres_by_id, third_parties_by_id
from gateway.store.subjects import representation
from gateway.store.succession import UNCHANGED, Succession
from policies.kit.facts import Facts, Presence
from policies.kit.policy_set import PolicySet
from schema.notices import NoticeKind
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    AtvkCode,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    GovernmentLevel,
    Phase,
    ThirdPartyStatus,
)

PRESENCE_COUNTS = timedelta(minutes=30)


class Moment(msgspec.Struct, frozen=True):
    """When a request is decided."""

    now: datetime
    """UTC."""
    today: date
    """In Rīga."""
    protection_known: bool = True
    """The own copy says of everybody whether they are protected: it is complete until less than 24 hours ago. Where it
    is not, everybody counts as protected."""
    represented_until: datetime | None = None
    """Until when the enterprise register told all changes of who represents whom, UTC; None: each copy counts by its
    own date."""
    succession: Succession = UNCHANGED
    """Which municipalities have been taken over by today."""

    @classmethod
    def of(
        cls,
        now: datetime,
        today: date,
        complete_until: Mapping[NoticeKind, datetime] | None,
        succession: Succession = UNCHANGED,
    ) -> Moment:
        """Of a request that begins now.

        Args:
            complete_until: how far the copies go; None where nobody keeps copies, so that those there are count.
            succession: as of today.
        """
        if complete_until is None:
            return cls(now, today, succession=succession)
        told = complete_until.get(NoticeKind.PROTECTION)
        known = told is not None and now - told <= COUNTS
        return cls(now, today, known, complete_until.get(NoticeKind.REPRESENTATION), succession)

    def protects(self, claim: Standing) -> bool:
        """Whether the applicant counts as a protected person."""
        of_entity = type(claim) is ClaimSnapshot and claim.applicant_kind is ApplicantKind.LEGAL_ENTITY
        return claim.restricted or (not self.protection_known and not of_entity)


@dataclass(frozen=True, slots=True)
class Prospect:
    """A claim that is about to be prepared: what a decision needs of it."""

    type: ClaimTypeCode
    applicant: str
    """Subject id; empty where the gateway never met the applicant."""
    owner: str
    municipality: AtvkCode | None
    channel: Channel
    centre: str | None
    restricted: bool
    status: ClaimStatus = ClaimStatus.DRAFT
    submitted_microseconds: None = None
    presence: None = None
    assigned_to: tuple[str, ...] = ()


Standing = ClaimSnapshot | Prospect
_Relations = tuple[Any, ...]
"""Facts of one claim that depend on how the party stands to it; their names are the capacity's."""
_Relate = Callable[[Standing], _Relations]


def facts_of(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> list[Facts]:
    """Facts of each claim, in order; claims in the same position share one object.

    Nothing but the own store and the token is asked.
    """
    make, names = _RELATIONS.get(party.capacity, (None, ()))
    relate = _nothing if make is None or not claims else make(connection, party, claims, policies, moment)
    known: dict[Any, Facts] = {}
    known_protection = moment.protection_known
    found = []
    before = facts = None
    for each in claims:
        relations = relate(each)
        restricted = each.restricted if known_protection else moment.protects(each)
        # A word is one object while the claims are at hand: to compare what it says takes longer.
        standing = (each.type, each.status, each.channel, restricted, type(each) is Prospect, relations)
        if standing != before or facts is None:  # Claims of a list mostly stand as the one before.
            before = standing
            type_, status, channel, _, new, _ = standing
            key = (id(type_), id(status), id(channel), restricted, new, relations)
            facts = known.get(key)
            if facts is None:
                facts = known[key] = _position(
                    party.capacity,
                    type_,
                    status,
                    new,
                    channel,
                    party.assurance,
                    restricted,
                    names[: len(relations)],
                    relations,
                )
        found.append(facts)
    return found


@lru_cache(maxsize=4096)
def _position(
    capacity: Capacity,
    claim_type: ClaimTypeCode,
    status: ClaimStatus,
    new: bool,
    channel: Channel | None,
    assurance: AssuranceLevel | None,
    restricted: bool,
    names: tuple[str, ...],
    relations: _Relations,
) -> Facts:
    """The facts of one position: made once, since a verdict is remembered by them."""
    return Facts(
        capacity=capacity,
        claim_type=claim_type,
        status=status,
        new=new,
        channel=channel,
        assurance=assurance,
        restricted=restricted,
        **dict(zip(names, relations, strict=True)),
    )


def represents_alone(connection: Connection, party: Party, moment: Moment) -> bool:
    """Whether a recent enough copy of the enterprise register lets the party represent the legal entity alone."""
    copy = None if party.acting_for is None else representation(connection, party.subject, party.acting_for)
    if copy is None or not copy.alone:
        return False
    dates = (copy.copied_at, moment.represented_until or copy.copied_at)
    return moment.now - max(dates) <= COUNTS


def covers(organisation: ThirdParty, claim_type: ClaimTypeCode, place: AtvkCode | None, moment: Moment) -> bool:
    """Whether a contract is about claims of a type to a municipality, or to the one that took it over.

    The other way round it is not: who agreed on a part has not agreed on the whole.

    Args:
        place: None for what the state decides.
    """
    if organisation.covers(claim_type, place):
        return True
    today = None if place is None else moment.succession.municipality_of_today(place.digits)
    return today is not None and organisation.covers(claim_type, AtvkCode(today))


def with_presence(facts: Facts, *, checked: bool) -> Facts:
    """The facts once a presence that the request carries is recorded."""
    return replace(facts, presence=Presence.PROVEN if checked else Presence.STATED)


def _nothing(claim: Standing) -> _Relations:
    return ()


def _citizen(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    subject = party.subject
    return lambda claim: (claim.applicant == subject,)


def _legal_representative(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    alone = represents_alone(connection, party, moment)
    return lambda claim: (claim.applicant == party.acting_for, alone)


def _mandate_holder(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    grantors = [] if party.acting_for is None else [party.acting_for]
    given = _mandated(connection, grantors, party.subject, None, moment)
    return lambda claim: (claim.applicant == party.acting_for, *_mandate(given, claim))


def _third_party(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    if party.organisation is None:
        return _nothing
    organisation = third_parties_by_id(connection, [party.organisation]).get(party.organisation)
    if organisation is None:
        return _nothing
    given = _mandated(connection, list({each.applicant for each in claims}), None, organisation.id, moment)
    active = organisation.status is ThirdPartyStatus.ACTIVE
    in_force = organisation.contract.in_force(moment.today)
    return lambda claim: (
        active,
        in_force,
        covers(organisation, claim.type, _place(policies, claim), moment),
        organisation.id in claim.assigned_to,
        *_mandate(given, claim),
    )


def _clerk(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    if party.organisation is None:
        return _nothing
    centre = centres_by_id(connection, [party.organisation]).get(party.organisation)
    if centre is None:
        return _nothing

    today = moment.succession.municipality_of_today
    here = today(centre.municipality.digits)

    def relate(claim: Standing) -> _Relations:
        place = _place(policies, claim)
        return (
            claim.centre == centre.id,
            claim.type in centre.claim_types and (place is None or today(place.digits) == here),
            _presence(party, claim, moment),
        )

    return relate


def _officer(
    connection: Connection, party: Party, claims: Sequence[Standing], policies: PolicySet, moment: Moment
) -> _Relate:
    subject = party.subject
    owners = () if party.organisation is None else moment.succession.owners_of(party.organisation)
    return lambda claim: (
        claim.owner in owners and claim.submitted_microseconds is not None,
        claim.applicant == subject,
    )


_MANDATE = ("mandate_in_force", "mandate_actions")
_RELATIONS = {
    Capacity.CITIZEN: (_citizen, ("is_applicant",)),
    Capacity.LEGAL_REPRESENTATIVE: (_legal_representative, ("is_applicant", "represents_alone")),
    Capacity.MANDATE_HOLDER: (_mandate_holder, ("is_applicant", *_MANDATE)),
    Capacity.THIRD_PARTY_WORKER: (
        _third_party,
        ("organisation_active", "contract_in_force", "contract_covers", "assigned", *_MANDATE),
    ),
    Capacity.CLERK: (_clerk, ("own_centre", "in_basket", "presence")),
    Capacity.OWNER_OFFICER: (_officer, ("own_authority", "is_applicant")),
}
"""How each capacity stands to claims: what gives the facts, and their names. No mandate: its two are not given."""
STAND_BY_THEMSELVES = frozenset({Capacity.CITIZEN, Capacity.OWNER_OFFICER})
"""Capacities of whom the token and the claim say how they stand to it: no further statement is run."""


def _presence(party: Party, claim: Standing, moment: Moment) -> Presence:
    last = claim.presence
    if last is None or last.by_subject != party.subject or moment.now - last.recorded_at > PRESENCE_COUNTS:
        return Presence.NONE
    return Presence.PROVEN if last.checked else Presence.STATED


def _place(policies: PolicySet, claim: Standing) -> AtvkCode | None:
    """The municipality that a contract or a basket has to name; None for what the state decides."""
    module = policies.claim_types.get(claim.type)
    return claim.municipality if module is not None and module.level is GovernmentLevel.MUNICIPAL else None


_Given = Mapping[tuple[str, ClaimTypeCode], frozenset[ClaimAction]]


def _mandated(
    connection: Connection, grantors: Sequence[str], holder: str | None, third_party: str | None, moment: Moment
) -> _Given:
    """Actions of the mandates in force, by grantor and claim type."""
    return allowed_between(connection, grantors, holder, third_party, moment.today)


def _mandate(given: _Given, claim: Standing) -> _Relations:
    actions = given.get((claim.applicant, claim.type))
    return () if actions is None else (True, actions)


def withholds(party: Party, facts: Facts) -> bool:
    """Whether a protected person's addresses and household are withheld from who stands so to a claim."""
    own = party.capacity is Capacity.CITIZEN and facts.is_applicant
    deciding = (
        party.capacity is Capacity.OWNER_OFFICER
        and facts.own_authority
        and not facts.is_applicant
        and facts.status.phase is Phase.RUNNING
    )
    return not own and not deciding
