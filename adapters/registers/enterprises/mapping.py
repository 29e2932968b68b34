"""What the enterprise register says, as records and notices."""

from __future__ import annotations

from datetime import date

from adapters.kit.items import Items
from adapters.kit.ports import Notices, RepresentationNotice
from adapters.kit.record_of import RecordOf, each, maybe, one
from adapters.kit.xsd.types import Wire
from schema.records.enterprise_roles import EnterpriseRole, EnterpriseRoles
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord, OfficerRecord
from schema.terms import AddressCode, PersonCode, RegistrationNumber, RepresentationRight

STATUS_BY_CODE = {
    "REGISTRETS": "registered",
    "LIKVIDACIJA": "in liquidation",
    "LIKVIDETS": "liquidated",
    "REORGANIZETS": "reorganised",
}
RIGHT_BY_CODE = {
    "INDIVIDUALLY": RepresentationRight.ALONE,
    "WITH_ALL": RepresentationRight.JOINTLY,
    "WITH_AT_LEAST": RepresentationRight.JOINTLY,
    "NONE": RepresentationRight.NONE,
}
DARK = ("izslegts", "ierakstaId", "veids", "institucija", "kopaArVismaz")
"""What no field shows."""


def to_role(code: str) -> str:
    """A post's code in words of the graph: ``BOARD_MEMBER`` is ``board-member``; the list of posts is open."""
    return code.lower().replace("_", "-")


to_legal_entity = RecordOf(
    LegalEntityRecord,
    registration_number=one("registracijasNumurs", RegistrationNumber.of_register),
    name=one("nosaukums"),
    legal_form=one("forma"),
    status=one("statuss", STATUS_BY_CODE),
    registered_on=one("registrets", date.fromisoformat),
    address=maybe("adresesKods", AddressCode),
)
"""Map object ``Subjekts``. The legal form stays the register's code (SIA, AS, BDR): its list is open.

Source: contract/openapi.yaml, schema ``Subjekts``.
"""


def to_officers(wire: Wire) -> EntityOfficers:
    """Map object ``SubjektaAmatpersonas``: those whose entry has not ended, in the register's order.

    Raises:
        KeyError, ValueError: an entry, ended or not, is not what the contract says.

    Source: contract/openapi.yaml, schema ``Amatpersona``.
    """
    entries = wire["amatpersonas"]
    if len({entry["ierakstaId"] for entry in entries}) < len(entries):
        raise ValueError("two entries of one id")
    officers = [(_to_officer(entry), entry.get("ierakstsLidz")) for entry in entries]
    return EntityOfficers(officers=tuple(officer for officer, ended in officers if ended is None))


def _to_officer(wire: Wire) -> OfficerRecord:
    right, ended = wire.get("parstaviba"), wire.get("ierakstsLidz")
    if ended is not None:
        date.fromisoformat(ended)
    return OfficerRecord(
        given_name=wire.get("vards"),
        family_name=wire.get("uzvards"),
        role=to_role(wire["amats"]),
        since=date.fromisoformat(wire["ierakstsNo"]),
        represents=None if right is None else RIGHT_BY_CODE[right],
    )


to_roles = RecordOf(
    EnterpriseRoles,
    roles=each(
        "lomas",
        RecordOf(
            EnterpriseRole,
            entity=one("registracijasNumurs", RegistrationNumber.of_register),
            role=one("loma", to_role),
            since=maybe("no", date.fromisoformat),
        ),
    ),
)
"""Map object ``PersonasLomas``: roles in force.

Source: contract/openapi.yaml, schema ``PersonasLomas``.
"""

ENTITIES = Items(name="subjekti", key="registracijasNumurs", to_record=to_legal_entity)
OFFICERS = Items(name="subjekti", key="registracijasNumurs", to_record=to_officers)
ROLES = Items(name="personas", key="personasKods", to_record=to_roles)


def to_notices(wire: Wire) -> Notices:
    """Map object ``ParstavibasIzmainas``: who may represent an entity alone, and who may no longer.

    Raises:
        KeyError, ValueError: one entry is broken, so that nothing of it counts: what is missed is never told again.

    Source: contract/openapi.yaml, schema ``ParstavibasIzmainas``.
    """
    return Notices([_to_notice(entry) for entry in wire["izmainas"]], wire["zime"], more=wire["vairak"])


def _to_notice(wire: Wire) -> RepresentationNotice:
    right = RIGHT_BY_CODE[wire["parstaviba"]]
    return RepresentationNotice(
        person=PersonCode.parse(wire["personasKods"]),
        entity=RegistrationNumber.of_register(wire["registracijasNumurs"]),
        alone=wire["speka"] and right is RepresentationRight.ALONE,
    )
