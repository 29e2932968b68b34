"""What a municipality's social service says, as a record, and what a claim is to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import OutgoingClaim
from adapters.kit.wire_values import moment
from adapters.kit.xsd.types import Wire
from schema.records.social_assistance import BenefitRecord, SocialAssistance, SocialStatusRecord
from schema.terms import AtvkCode, PersonCode

BENEFIT_BY_CODE = {
    "MAJ": "housing-benefit",
    "GMI": "guaranteed-minimum-income",
    "KRI": "crisis-benefit",
    "EDI": "meals-benefit",
    "APR": "care-benefit",
}
BENEFIT_STATUS_BY_CODE = {"PIE": "ACTIVE", "APT": "SUSPENDED", "IZB": "ENDED"}
SOCIAL_STATUS_BY_CODE = {"TRU": "needy", "MAZ": "low-income"}
CODE_BY_CLAIM_TYPE = {"housing-benefit": "MAJ", "guaranteed-minimum-income": "GMI", "needy-household-status": "TRU"}
_CENTS = Decimal("0.01")


def to_social_assistance(wire: Wire, municipality: AtvkCode) -> SocialAssistance:
    """Map object ``PersonasIeraksts``.

    Args:
        wire: ``summaCenti`` is whole euro cents a month, as text; null: not set yet.
        municipality: whose system answered; it pays, and its statuses hold there.

    Raises:
        KeyError, ValueError: an unknown code, or the object is not what the contract says.

    Source: contract/openapi.yaml, schema ``PersonasIeraksts``.
    """
    return SocialAssistance(
        benefits=tuple([_to_benefit(benefit, municipality) for benefit in wire["pabalsti"]]),
        social_statuses=tuple([_to_status(status, municipality) for status in wire["statusi"]]),
    )


def people_of(municipality: AtvkCode) -> Items[SocialAssistance]:
    """People whom a municipality has on record, by the code they were asked by."""
    return Items("personas", "personasKods", partial(to_social_assistance, municipality=municipality))


def to_submission(claim: OutgoingClaim, applicant: PersonCode) -> dict[str, Any]:
    """Object ``Iesniegums`` of a claim. Raises: KeyError: the type is not taken. Source: contract/openapi.yaml."""
    return {
        "pieteikumaId": claim.claim_id,
        "veids": CODE_BY_CLAIM_TYPE[claim.claim_type.text],
        "personasKods": applicant.digits,
        "iesniegts": moment(claim.submitted_at),
        "atbildes": dict(claim.answers),
    }


def _to_benefit(wire: Wire, municipality: AtvkCode) -> BenefitRecord:
    cents = wire.get("summaCenti")
    return BenefitRecord(
        kind=BENEFIT_BY_CODE[wire["veids"]],
        amount=None if cents is None else Decimal(cents) * _CENTS,
        from_=date.fromisoformat(wire["no"]),
        to=_day(wire.get("lidz")),
        payer=f"social-{municipality.digits}",
        status=BENEFIT_STATUS_BY_CODE[wire["statuss"]],
    )


def _to_status(wire: Wire, municipality: AtvkCode) -> SocialStatusRecord:
    return SocialStatusRecord(
        kind=SOCIAL_STATUS_BY_CODE[wire["veids"]],
        from_=date.fromisoformat(wire["no"]),
        to=_day(wire.get("lidz")),
        municipality=municipality,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
