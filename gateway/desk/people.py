"""The people behind tokens: from codes to internal subject ids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.identity.resolver import Met
from gateway.store.organisations import third_parties_by_id
from gateway.store.store import Store
from gateway.store.subjects import ENTITY, PERSON, PERSON_NOW, entity_subject, is_due, person_subject
from schema.terms import PersonCode, RegistrationNumber


class StoredPeople:
    """Looks subjects up in the store; a token's person is made known on first sight.

    Args:
        store: where they are.
        clock: aware UTC.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def subject_of(self, code: PersonCode) -> str:
        """Subject id behind a code, current or former."""
        known = self._store.look_up(PERSON, code=code.digits)
        if known:
            subject: str = known[0][0]
            return subject
        return await self._store.write(lambda c: person_subject(c, code, self._clock()), in_time=True)

    async def person_of(self, code: PersonCode) -> Met:
        """Whom a code belongs to, current or former."""
        known = self._store.look_up(PERSON_NOW, code=code.digits)
        if known:
            subject, now, ask_from = known[0]
            unasked = ask_from is not None and is_due(ask_from, self._clock())
            return Met(subject, code if now == code.digits else PersonCode(now), unasked)
        return Met(await self.subject_of(code), code, unasked=True)

    async def subject_of_entity(self, number: RegistrationNumber) -> str:
        """Subject id of a legal entity."""
        known = self._store.look_up(ENTITY, number=number.digits)
        if known:
            subject: str = known[0][0]
            return subject
        return await self._store.write(lambda c: entity_subject(c, number, self._clock()), in_time=True)

    async def number_of_organisation(self, third_party: str) -> RegistrationNumber | None:
        """Registration number of a third party; None where there is no such one."""
        found = (await self._store.read(lambda c: third_parties_by_id(c, [third_party]))).get(third_party)
        return None if found is None else found.registration_number
