"""What the cadastre says, as a record, and what a claim is to it."""

from __future__ import annotations

from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import OutgoingClaim
from adapters.kit.record_of import RecordOf, each, maybe, one
from schema.records.real_estate import PropertyRecord, RealEstate
from schema.terms import AddressCode, PersonCode

KIND_BY_CODE = {"ZEM": "land", "EKA": "building", "DZI": "flat"}
to_real_estate = RecordOf(
    RealEstate,
    properties=each(
        "Ipasums",
        RecordOf(
            PropertyRecord,
            cadastre_number=one("KadastraNumurs"),
            kind=one("Veids", KIND_BY_CODE),
            share=maybe("DomajamaDala"),
            address=maybe("AdresesKods", AddressCode),
            cadastral_value=maybe("KadastralaVertiba"),
        ),
    ),
)
"""Map element ``Ipasnieks``. An absent share: none is set; a nil value: none has been worked out.

Source: contract/kadastrs.xsd, type ``Ipasnieks``.
"""

OWNERS = Items(name="Ipasnieks", key="Kods", to_record=to_real_estate)
"""Owners by the code they were asked by."""


def to_request(claim: OutgoingClaim) -> dict[str, Any]:
    """Element ``PieprasitIzzinu`` of a claim, without the message's id.

    Raises:
        LookupError, ValueError, TypeError: an answer is missing, or is none that the cadastre takes.

    Source: contract/kadastrs.xsd, element ``PieprasitIzzinu``.
    """
    who = "PersonasKods" if isinstance(claim.applicant, PersonCode) else "RegistracijasNumurs"
    return {
        "PieteikumaId": claim.claim_id,
        "Iesniegts": claim.submitted_at,
        who: claim.applicant.digits,
        "KadastraNumurs": list(claim.answers["cadastreNumbers"]),
        "Merkis": claim.answers["purpose"],
    }
