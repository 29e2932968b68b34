"""Records of the enterprise register (Uzņēmumu reģistrs): what is asked for of an entity, and no more, travels."""

from __future__ import annotations

from datetime import date

import msgspec

from schema.terms import AddressCode, RegistrationNumber, RepresentationRight


class OfficerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One officer of a legal entity, as open data show them."""

    given_name: str | None
    family_name: str | None
    role: str
    since: date | None
    represents: RepresentationRight | None


class LegalEntityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One legal entity. Key: :class:`RegistrationNumber`."""

    registration_number: RegistrationNumber
    name: str | None
    legal_form: str | None
    status: str | None
    registered_on: date | None
    address: AddressCode | None


class EntityOfficers(msgspec.Struct, frozen=True, kw_only=True):
    """The officers of one legal entity who are in office now. Key: :class:`RegistrationNumber`."""

    officers: tuple[OfficerRecord, ...]
