"""Record of the population register (Fizisko personu reģistrs)."""

from __future__ import annotations

from datetime import date

import msgspec

from schema.partial_date import PartialDate
from schema.terms import AddressCode, AtvkCode, MaritalStatus, PersonCode, PersonStatus, Sex


class HouseholdLink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another person declared at the same address who has a family link."""

    person_code: PersonCode
    relation: str
    """Relation of the other to the person, one lower-case English word: spouse, child, parent, sibling, ..."""
    since: date | None
    restricted: bool
    """The other's data is restricted, as the register says on the link."""


class NaturalPerson(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One natural person. Key: :class:`PersonCode`, current or former."""

    person_code: PersonCode
    """The current code, also where a former one was asked for."""
    former_person_codes: tuple[PersonCode, ...]
    restricted: bool
    given_name: str | None
    family_name: str | None
    birth_date: PartialDate | None
    sex: Sex
    citizenship: str | None
    """ISO 3166-1 alpha-3."""
    legal_status: PersonStatus
    marital_status: MaritalStatus
    declared_address: AddressCode | None
    declared_municipality: AtvkCode | None
    household: tuple[HouseholdLink, ...]
    children: tuple[PersonCode, ...]
