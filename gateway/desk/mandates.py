"""Mandates, as those who gave, hold or use them may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import Connection

from gateway.claims import mandates
from gateway.desk.facts import represents_alone
from gateway.desk.reference import ReferenceDesk
from gateway.desk.scope import Scope
from gateway.plan.judge import refusal
from gateway.store.organisations import all_third_parties
from gateway.store.subjects import codes_of, restricted_of
from schema.graph.legal_entity import LegalEntity
from schema.graph.organisations import Mandate
from schema.graph.person import Person
from schema.ports import FieldError, Purpose
from schema.terms import AssuranceLevel, Capacity, ThirdPartyStatus

_SURE = (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH)


class MandateDesk:
    """The mandates of the Claims port."""

    def __init__(self, scope: Scope, reference: ReferenceDesk) -> None:
        self._scope = scope
        self._reference = reference

    async def mandates_given(self, subject: str) -> list[Mandate]:
        """Mandates that the person gave."""
        today = self._scope.moment.today
        found = await self._scope.house.store.read(lambda c: mandates.mandates_given(c, subject, today))
        return await self._shown_mandates(found)

    async def mandates_held(self, subject: str) -> list[Mandate]:
        """Mandates that the person holds."""
        today = self._scope.moment.today
        found = await self._scope.house.store.read(lambda c: mandates.mandates_held(c, subject, today))
        return await self._shown_mandates(found)

    async def usable_mandates(self) -> list[Mandate]:
        """The mandates that this token may use today."""
        party, today = self._scope.party, self._scope.moment.today

        def read(connection: Connection) -> list[mandates.Mandate]:
            if not self._stands(connection):
                return []
            if party.capacity is Capacity.MANDATE_HOLDER and party.acting_for is not None:
                between = mandates.mandates_between(connection, [party.acting_for], party.subject, None, today)
                return between.get(party.acting_for, [])
            if party.capacity is Capacity.THIRD_PARTY_WORKER and party.organisation is not None:
                held = mandates.mandates_of_third_party(connection, party.organisation, today)
                return [each for each in held if each.in_force]
            return []

        shut = await self._scope.shut()
        if shut is not None:
            raise shut
        return await self._shown_mandates(await self._scope.house.store.read(read))

    async def mandate(self, id: str) -> Mandate | None:
        """A mandate that the viewer gave, holds or may use."""
        today = self._scope.moment.today

        def read(connection: Connection) -> mandates.Mandate | None:
            found = mandates.load_mandates(connection, [id], today).get(id)
            return found if found is not None and self._is_mine(found) and self._stands(connection) else None

        found = await self._scope.house.store.read(read)
        return None if found is None else (await self._shown_mandates([found]))[0]

    def _is_mine(self, mandate: mandates.Mandate) -> bool:
        party = self._scope.party
        match party.capacity:
            case Capacity.CITIZEN:
                return party.subject in (mandate.grantor, mandate.holder_subject)
            case Capacity.LEGAL_REPRESENTATIVE:
                return party.acting_for == mandate.grantor
            case Capacity.MANDATE_HOLDER:
                return (party.subject, party.acting_for) == (mandate.holder_subject, mandate.grantor)
            case Capacity.THIRD_PARTY_WORKER:
                return party.organisation is not None and party.organisation == mandate.holder_third_party
            case _:
                return False

    def _stands(self, connection: Connection) -> bool:
        """Whether the capacity holds now: a sure sign-in, the sole right to represent, an organisation that may act."""
        scope, party = self._scope, self._scope.party
        match party.capacity:
            case Capacity.CITIZEN:
                return party.assurance in _SURE
            case Capacity.LEGAL_REPRESENTATIVE:
                return party.assurance in _SURE and represents_alone(connection, party, scope.moment)
            case Capacity.THIRD_PARTY_WORKER:
                wanted = party.organisation or ""
                organisation = all_third_parties(connection, [wanted]).get(wanted)
                return (
                    organisation is not None
                    and organisation.status is ThirdPartyStatus.ACTIVE
                    and organisation.contract.in_force(scope.moment.today)
                )
            case _:
                return party.assurance is not AssuranceLevel.LOW

    async def _shown_mandates(self, found: Sequence[mandates.Mandate]) -> list[Mandate]:
        grantors = {each.grantor for each in found}
        codes = await self._scope.house.store.read(lambda c: codes_of(c, grantors))
        restricted = await self._scope.house.store.read(lambda c: restricted_of(c, grantors))
        organisations = list({each.holder_third_party for each in found if each.holder_third_party})
        parties = dict(zip(organisations, await self._reference.third_parties(organisations), strict=True))
        numbers = await self._reference.registration_numbers([each for each in grantors if each not in codes])
        shown = []
        for each in found:
            purpose = Purpose(None, None, None, withholds=True, restricted=each.grantor in restricted)
            grantor: Any = None
            if each.grantor in numbers:
                grantor = LegalEntity(registration_number=numbers[each.grantor], purpose=None)
            elif each.grantor in codes and not each.in_force and each.grantor != self._scope.party.subject:
                grantor = _over()
            elif each.grantor in codes:
                grantor = Person(code=codes[each.grantor].current, purpose=purpose, subject=each.grantor)
            holder: Any = None
            if each.holder_third_party:
                holder = parties.get(each.holder_third_party)
            elif each.holder_code is not None:
                holder = Person(code=each.holder_code, purpose=purpose, as_typed=True)
            shown.append(
                Mandate(
                    id=strawberry.ID(each.id),
                    grantor_party=grantor,
                    holder_party=holder,
                    claim_type_codes=tuple(sorted(each.claim_types)),
                    actions=sorted(each.actions),
                    valid_from=each.valid_from,
                    valid_to=each.valid_to,
                    status=each.status,
                )
            )
        return shown


def _over() -> FieldError:
    return refusal(
        "The grantor's names are read through a mandate that is in force.",
        "mandate-not-in-force",
        "Ask the grantor for a mandate that is in force.",
    )
