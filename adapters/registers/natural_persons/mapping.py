"""What the population register says, as a record, and what a declaration of residence is to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import Notices, OutgoingClaim, ProtectionNotice
from adapters.kit.record_of import RecordOf, each, maybe, one
from adapters.kit.xsd.types import Broken, Wire
from schema.partial_date import PartialDate
from schema.records.natural_person import HouseholdLink, NaturalPerson
from schema.terms import AddressCode, AtvkCode, MaritalStatus, PersonCode, PersonStatus, Sex

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

CODE_BY_BASIS = {"OWNER": "IPA", "LEASE": "NOM", "FAMILY": "GIM", "OTHER": "CIT"}

to_natural_person = RecordOf(
    NaturalPerson,
    person_code=one("PersonasKods", PersonCode, always=True),
    former_person_codes=each("IepriekseijePersonasKodi/PersonasKods", PersonCode, always=True),
    restricted=one("Ierobezots", always=True),
    given_name=maybe("Vards"),
    family_name=maybe("Uzvards"),
    birth_date=maybe("DzimsanasDatums", PartialDate.parse),
    sex=one("Dzimums", SEX_BY_CODE),
    citizenship=maybe("Valstspiederiba"),
    legal_status=one("Statuss", STATUS_BY_CODE),
    marital_status=one("GimenesStavoklis", MARITAL_STATUS_BY_CODE),
    declared_address=maybe("DzivesvietasAdrese/AdresesKods", AddressCode),
    declared_municipality=maybe("DzivesvietasAdrese/ATVK", AtvkCode),
    household=each(
        "Majsaimnieciba/Loceklis",
        RecordOf(
            HouseholdLink,
            person_code=one("PersonasKods", PersonCode),
            relation=one("Radnieciba", RELATION_BY_CODE),
            since=maybe("KopsDatums"),
            restricted=one("Ierobezots"),
        ),
    ),
    children=each("Berni/BernaPersonasKods", PersonCode),
)
"""Map element ``Persona``; that the codes have the digits they should, its types say.

Nil and absent mean the same for the birth date and the citizenship: not known. An absent address: none is declared. Who
asks for one attribute still learns of a change of code and of protection.

Source: contract/fpr.xsd, type ``Persona``.
"""

PERSONS = Items(
    name="Persona",
    key="AtrastsPec",
    to_record=to_natural_person,
    own=("PersonasKods", "IepriekseijePersonasKodi/PersonasKods"),
)
"""Persons by the code they were found by; one that is none of the person's own means another person."""


def to_notices(wire: Wire) -> Notices:
    """Map element ``AizsardzibasIzmainasAtbilde``: whose data is restricted, and whose no longer is.

    Raises:
        KeyError, ValueError: one entry is broken, so that nothing of it counts: a flag that is missed is never told
            again.

    Source: contract/fpr.xsd.
    """
    entries = wire.get("Ieraksts", ())
    if any(isinstance(each, Broken) for each in entries):
        raise ValueError("an entry is broken")
    notices = [ProtectionNotice(PersonCode.parse(each["PersonasKods"]), each["Ierobezots"]) for each in entries]
    return Notices(notices, wire["Zime"], more=wire["Vairak"])


def to_declaration(claim: OutgoingClaim, applicant: PersonCode, municipality: AtvkCode) -> dict[str, Any]:
    """Element ``DeklaretDzivesvietu`` of a claim, without the message's id.

    Raises:
        LookupError, ValueError, TypeError: an answer is missing, or is none that the register takes.

    Source: contract/fpr.xsd, element ``DeklaretDzivesvietu``.
    """
    answers = claim.answers
    return {
        "PieteikumaId": claim.claim_id,
        "Iesniegts": claim.submitted_at,
        "PersonasKods": applicant.digits,
        "ATVK": municipality.digits,
        "AdresesKods": answers["addressCode"],
        "No": date.fromisoformat(answers["from"]),
        "TiesiskaisPamats": CODE_BY_BASIS[answers["basis"]],
    }
