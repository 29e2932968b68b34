"""What the social insurance agency says, as records, and what claims are to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import OutgoingClaim
from adapters.kit.record_of import RecordOf, each, maybe, one
from adapters.kit.xsd.types import NIL, Wire
from schema.records.social_assistance import BenefitRecord
from schema.records.social_insurance import InsurancePeriodRecord, SocialInsurance, StateBenefits
from schema.terms import PersonCode

BENEFIT_BY_CODE = {
    "BKP": "childcare-benefit",
    "BPP": "childbirth-benefit",
    "VEC": "old-age-pension",
    "BEZ": "unemployment-benefit",
    "SLI": "sickness-benefit",
    "GVP": "family-benefit",
}
BENEFIT_STATUS_BY_CODE = {"PIE": "ACTIVE", "APT": "SUSPENDED", "IZB": "ENDED"}
_PAYER = "vsaa"

to_social_insurance = RecordOf(
    SocialInsurance,
    total_years=maybe("StazsGados"),
    contributions_since=maybe("IemaksasNo"),
    periods=each(
        "Periods",
        RecordOf(
            InsurancePeriodRecord,
            from_=one("No"),
            to=maybe("Lidz"),
            employer=maybe("DarbaDevejs"),
            base=maybe("Baze"),
        ),
    ),
)
"""Map element ``Persona``. Nil years: not worked out. Source: contract/sais.xsd, type ``ApdrosinataPersona``."""

INSURED = Items(name="Persona", key="PersonasKods", to_record=to_social_insurance)
"""Insured people by the code they were asked by."""


def to_state_benefits(wire: Wire) -> StateBenefits:
    """Map element ``Persona`` of somebody who is paid something.

    Raises:
        LookupError, ValueError: an unknown code, or the element is not what the contract says.

    Source: contract/sais.xsd, type ``Sanemejs``.
    """
    return StateBenefits(benefits=tuple([_to_benefit(benefit) for benefit in wire["Pabalsts"]]))


PAID = Items(name="Persona", key="PersonasKods", to_record=to_state_benefits)
"""People who are paid benefits, by the code they were asked by."""


def to_application(claim: OutgoingClaim, applicant: PersonCode) -> dict[str, Any]:
    """Element ``IesniegtPieteikumu`` of a claim, without the message's id.

    Raises:
        LookupError, ValueError, TypeError: the type is not taken, or an answer is missing or none that is taken.

    Source: contract/sais.xsd, element ``IesniegtPieteikumu``.
    """
    branch, details = APPLICATION_BY_CLAIM_TYPE[claim.claim_type.text]
    return {
        "PieteikumaId": claim.claim_id,
        "Iesniegts": claim.submitted_at,
        "PersonasKods": applicant.digits,
        branch: details(claim.answers),
    }


def _about_a_child(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"Berns": answers["child"], "Konts": answers["account"]}


def _about_a_pension(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "No": date.fromisoformat(answers["from"]),
        "DarbsArzemes": answers["workedAbroad"],
        "DarbsLidz1996": answers["workBefore1996"],
        "Konts": answers["account"],
    }


def _about_unemployment(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"DarbsLidz1996": answers["workBefore1996"], "Konts": answers["account"]}


APPLICATION_BY_CLAIM_TYPE: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "childcare-benefit": ("BernaKopsana", _about_a_child),
    "childbirth-benefit": ("BernaPiedzimsana", _about_a_child),
    "old-age-pension": ("VecumaPensija", _about_a_pension),
    "unemployment-benefit": ("Bezdarbs", _about_unemployment),
}


def _to_benefit(wire: Wire) -> BenefitRecord:
    amount = wire["Summa"]
    return BenefitRecord(
        kind=BENEFIT_BY_CODE[wire["Veids"]],
        amount=None if amount is NIL else amount,
        from_=wire["No"],
        to=wire.get("Lidz"),
        payer=_PAYER,
        status=BENEFIT_STATUS_BY_CODE[wire["Statuss"]],
    )
