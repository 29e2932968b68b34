"""The ways in which a claim may begin, and which of them each claim type has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.policy_set import CHECKOUT, PolicySet
from schema.terms import ApplicantKind, Channel, GovernmentLevel

MUNICIPALITY = "0054000"
"""Valmiera: where all of this happens."""


class Way(StrEnum):
    """By whom a claim is prepared and submitted, and for whom."""

    CITIZEN = "by the citizen"
    CENTRE = "at a centre"
    MANDATE = "by a mandate holder"
    THIRD_PARTY = "by a third party"
    ASSIGNED = "by the citizen, sent by a third party"
    LEGAL_ENTITY = "for a legal person"
    LEGAL_ENTITY_THIRD_PARTY = "for a legal person, by a third party"

    @property
    def applicant(self) -> ApplicantKind:
        """What the applicant is."""
        legal = self in (Way.LEGAL_ENTITY, Way.LEGAL_ENTITY_THIRD_PARTY)
        return ApplicantKind.LEGAL_ENTITY if legal else ApplicantKind.PERSON

    @property
    def begins(self) -> str:
        """The persona who prepares."""
        return {
            Way.CENTRE: "lives-clerk",
            Way.MANDATE: "lives-holder",
            Way.THIRD_PARTY: "lives-worker",
            Way.LEGAL_ENTITY: "lives-director",
            Way.LEGAL_ENTITY_THIRD_PARTY: "lives-worker",
        }.get(self, "lives-zane")

    @property
    def submits(self) -> str:
        """The persona who looks at the evidence and submits."""
        return "lives-worker" if self is Way.ASSIGNED else self.begins

    @property
    def channel(self) -> Channel:
        """Where the claim is made."""
        if self is Way.CENTRE:
            return Channel.CENTRE
        return Channel.THIRD_PARTY if self.begins == "lives-worker" else Channel.ONLINE


@dataclass(frozen=True, slots=True)
class Life:
    """One claim type, begun in one way."""

    claim_type: ClaimTypeModule
    way: Way

    @property
    def code(self) -> str:
        """Of the claim type."""
        return self.claim_type.code.text

    @property
    def owner(self) -> str:
        """Id of the body that decides."""
        owner = self.claim_type.owner
        return f"{owner}-{MUNICIPALITY}" if self.claim_type.level is GovernmentLevel.MUNICIPAL else owner

    @property
    def officer(self) -> str:
        """The persona who decides for the owner."""
        return officer_of(self.owner)

    @property
    def offered(self) -> bool:
        """Whether claims of the type may begin so."""
        claim_type, way = self.claim_type, self.way
        if way.applicant not in claim_type.applicants or way.channel not in claim_type.channels:
            return False
        if way.submits == "lives-worker":
            return claim_type.open_to_third_parties
        return claim_type.mandates or way is not Way.MANDATE

    def __str__(self) -> str:
        return f"{self.code}, {self.way}"


def officer_of(owner: str) -> str:
    """The persona of an owner's officer."""
    return f"lives-officer-{owner}"


@cache
def claim_types() -> tuple[ClaimTypeModule, ...]:
    """All that may be asked for."""
    return tuple(each for each in PolicySet.load(CHECKOUT).claim_types.values() if each.open)


@cache
def lives() -> tuple[Life, ...]:
    """Every claim type in every way, those that it does not have, too."""
    return tuple(Life(claim_type, way) for claim_type in claim_types() for way in Way)
