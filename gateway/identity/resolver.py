"""A verified identity -> the party that the rest of the gateway knows."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

import msgspec

from gateway.identity.claims import Identity
from gateway.identity.party import Party
from gateway.identity.tokens import TokenVerifier
from schema.terms import Capacity, PersonCode, RegistrationNumber

_PERSONALLY = frozenset(
    {Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE, Capacity.MANDATE_HOLDER, Capacity.OWNER_OFFICER}
)
"""Capacities in which it matters who a person is by other codes; an officer does not decide on their own claim."""


class Met(msgspec.Struct, frozen=True):
    """A person as the gateway knows them."""

    subject: str
    """Internal subject id."""
    code: PersonCode
    """The one that the person has now."""
    unasked: bool
    """The population register has not said yet which other codes are theirs."""


class Subjects(Protocol):
    """Look-up of the gateway's own ids for people and legal entities; both make one at first sight."""

    async def person_of(self, code: PersonCode) -> Met:
        """A natural person by a code, current or former: a token may name either."""
        ...

    async def subject_of_entity(self, number: RegistrationNumber) -> str:
        """Internal subject id of a legal entity."""
        ...

    async def number_of_organisation(self, third_party: str) -> RegistrationNumber | None:
        """Registration number of a third party; None where the gateway knows no such third party."""
        ...


class PartyResolver:
    """Asks the own store who the people of a token are. Never kept: a person's code can change."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    async def resolve(self, identity: Identity) -> Party:
        """The party, with internal subject ids in place of codes."""
        acting_for: str | None = None
        represented: RegistrationNumber | None = None
        grantor: Met | None = None
        if identity.grantor is not None:
            grantor = await self._subjects.person_of(identity.grantor)
            acting_for = grantor.subject
        elif identity.entity is not None:
            acting_for = await self._subjects.subject_of_entity(identity.entity)
            represented = identity.entity
        elif identity.capacity is Capacity.THIRD_PARTY_WORKER and identity.organisation is not None:
            represented = await self._subjects.number_of_organisation(identity.organisation)
        person = await self._subjects.person_of(identity.person_code)
        return Party(
            capacity=identity.capacity,
            subject=person.subject,
            person_code=person.code,
            display_name=identity.display_name,
            assurance=identity.assurance,
            organisation=identity.organisation,
            acting_for=acting_for,
            represented_number=represented,
            unasked=person.unasked and identity.capacity in _PERSONALLY,
            unasked_grantor=identity.grantor if grantor is not None and grantor.unasked else None,
        )


class Authenticator:
    """What the edge asks: an Authorization header's value -> Party.

    Args:
        verifier: checks the token.
        resolver: looks the people up.
    """

    def __init__(self, verifier: TokenVerifier, resolver: PartyResolver) -> None:
        self._verifier = verifier
        self._resolver = resolver

    def __call__(self, authorization: str | None) -> Awaitable[Party]:
        """Raises: Unauthenticated."""
        return self._resolver.resolve(self._verifier.verify(authorization))
