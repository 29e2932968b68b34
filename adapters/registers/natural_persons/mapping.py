"""What the population register says, as a record."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.kit.xsd_types import Wire, optional
from schema.records.natural_person import HouseholdLink, NaturalPerson
from schema.terms import AddressCode, AtvkCode, MaritalStatus, PartialDate, PersonCode, PersonStatus, Sex

SEX_BY_CODE = {"S": Sex.FEMALE, "V": Sex.MALE, "N": Sex.UNKNOWN}
STATUS_BY_CODE = {
    "AKT": PersonStatus.ACTIVE,
    "MIR": PersonStatus.DECEASED,
    "IZC": PersonStatus.EMIGRATED,
    "PAS": PersonStatus.INACTIVE,
}
MARITAL_STATUS_BY_CODE = {
    "NEP": MaritalStatus.SINGLE,
    "PRE": MaritalStatus.MARRIED,
    "SKI": MaritalStatus.DIVORCED,
    "ATR": MaritalStatus.WIDOWED,
    "PAR": MaritalStatus.PARTNERSHIP,
    "NAV": MaritalStatus.UNKNOWN,
}
RELATION_BY_CODE = {
    "LAU": "spouse",
    "PAR": "partner",
    "BER": "child",
    "VEC": "parent",
    "BRM": "sibling",
    "VVE": "grandparent",
    "MAZ": "grandchild",
}

_NOTHING: Wire = {}


def to_natural_person(wire: Wire) -> NaturalPerson:
    """Map element ``Persona``.

    Nil and absent mean the same for the birth date and the citizenship: not known. An absent address: none is declared.

    Raises:
        KeyError, ValueError: an unknown code, or a partial date that the calendar does not have.

    Source: contract/fpr.xsd, type ``Persona``.
    """
    birth_date = optional(wire, "DzimsanasDatums")
    address: Wire = wire.get("DzivesvietasAdrese", _NOTHING)
    return NaturalPerson(
        person_code=PersonCode.parse(wire["PersonasKods"]),
        former_person_codes=_codes(former_codes(wire)),
        restricted=wire["Ierobezots"],
        given_name=wire.get("Vards"),
        family_name=wire.get("Uzvards"),
        birth_date=None if birth_date is None else PartialDate.parse(birth_date),
        sex=SEX_BY_CODE[wire["Dzimums"]],
        citizenship=optional(wire, "Valstspiederiba"),
        legal_status=STATUS_BY_CODE[wire["Statuss"]],
        marital_status=MARITAL_STATUS_BY_CODE[wire["GimenesStavoklis"]],
        declared_address=AddressCode.parse(address["AdresesKods"]) if "AdresesKods" in address else None,
        declared_municipality=AtvkCode.parse(address["ATVK"]) if address else None,
        household=tuple([_to_link(member) for member in wire.get("Majsaimnieciba", _NOTHING).get("Loceklis", ())]),
        children=_codes(wire.get("Berni", _NOTHING).get("BernaPersonasKods", ())),
    )


def former_codes(wire: Wire) -> Sequence[str]:
    """Former personal codes of element ``Persona``, newest first."""
    codes: Sequence[str] = wire.get("IepriekseijePersonasKodi", _NOTHING).get("PersonasKods", ())
    return codes


def is_found_by(wire: Wire) -> bool:
    """Whether ``AtrastsPec`` is one of the person's own codes: else the register answered with another person."""
    code = wire["AtrastsPec"]
    return code == wire["PersonasKods"] or code in former_codes(wire)


def _codes(texts: Sequence[str]) -> tuple[PersonCode, ...]:
    return tuple([PersonCode.parse(text) for text in texts]) if texts else ()


def _to_link(wire: Wire) -> HouseholdLink:
    return HouseholdLink(
        person_code=PersonCode.parse(wire["PersonasKods"]),
        relation=RELATION_BY_CODE[wire["Radnieciba"]],
        since=wire.get("KopsDatums"),
        restricted=wire["Ierobezots"],
    )
