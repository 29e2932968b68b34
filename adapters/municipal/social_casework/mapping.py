"""What a municipality's casework system says, as a record, and what claims and messages about them are to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import OutgoingClaim
from adapters.kit.wire_values import as_answer, moment
from adapters.kit.xsd.types import Wire
from schema.records.social_assistance import BenefitRecord, SocialAssistance, SocialStatusRecord
from schema.terms import AtvkCode, ClaimStatus, PersonCode

BENEFIT_BY_CODE = {
    "110": "housing-benefit",
    "120": "guaranteed-minimum-income",
    "210": "crisis-benefit",
    "220": "meals-benefit",
    "230": "care-benefit",
}
BENEFIT_STATUS_BY_CODE = {1: "ACTIVE", 2: "SUSPENDED", 3: "ENDED"}
SOCIAL_STATUS_BY_CODE = {"T": "needy", "M": "low-income"}
CODE_BY_CLAIM_TYPE = {"housing-benefit": "110", "guaranteed-minimum-income": "120", "needy-household-status": "300"}
STATUS_BY_STEP = {
    "VERTE": ClaimStatus.IN_REVIEW,
    "GAIDA": ClaimStatus.INFORMATION_REQUESTED,
    "PIESKIRTS": ClaimStatus.GRANTED,
    "NORAIDITS": ClaimStatus.REFUSED,
}


def cards_of(municipality: AtvkCode) -> Items[SocialAssistance]:
    """People by the code they were asked by, in the system of one municipality."""
    return Items("klienti", "pk", partial(to_social_assistance, municipality=municipality))


def to_social_assistance(wire: Wire, municipality: AtvkCode) -> SocialAssistance:
    """Map object ``KlientaKarte``.

    Args:
        wire: ``eiroMenesi`` is euro a month, as text with two decimals; null: not worked out yet.
        municipality: whose system answered; it pays, and its statuses hold there.

    Raises:
        KeyError, ValueError: an unknown code, a day that is none, or the object is not what the contract says.

    Source: contract/openapi.yaml, schema ``KlientaKarte``.
    """
    return SocialAssistance(
        benefits=tuple([_to_benefit(item, municipality) for item in wire["izmaksas"]]),
        social_statuses=tuple([_to_status(item, municipality) for item in wire["pazimes"]]),
    )


def to_application(claim: OutgoingClaim, applicant: PersonCode) -> dict[str, Any]:
    """Object ``Pieteikums`` of a claim. Raises: KeyError: the type is not taken. Source: contract/openapi.yaml."""
    return {
        "arejaisNr": claim.claim_id,
        "pakalpojums": CODE_BY_CLAIM_TYPE[claim.claim_type.text],
        "pk": applicant.digits,
        "laiks": moment(claim.submitted_at),
        "veidlapa": _form(claim),
    }


def to_addition(claim: OutgoingClaim, reference: str) -> dict[str, Any]:
    """Object ``Pielikums``: answers added to a case. Source: contract/openapi.yaml."""
    return {"lieta": reference, "laiks": moment(claim.submitted_at), "veidlapa": _form(claim)}


def to_withdrawal(claim: OutgoingClaim, reference: str | None) -> dict[str, Any]:
    """Object ``Atsaukums``. Source: contract/openapi.yaml.

    Args:
        reference: the case's number; None where it is not known: then the claim's own id names it.
    """
    known = {} if reference is None else {"lieta": reference}
    return {**known, "arejaisNr": claim.claim_id, "laiks": moment(claim.submitted_at)}


def _form(claim: OutgoingClaim) -> list[dict[str, str]]:
    return [{"lauks": name, "vertiba": as_answer(value)} for name, value in claim.answers.items()]


def _to_benefit(wire: Wire, municipality: AtvkCode) -> BenefitRecord:
    euro, (first, last) = wire.get("eiroMenesi"), _days(wire["periods"])
    return BenefitRecord(
        kind=BENEFIT_BY_CODE[wire["pakalpojums"]],
        amount=None if euro is None else Decimal(euro),
        from_=first,
        to=last,
        payer=f"social-{municipality.digits}",
        status=BENEFIT_STATUS_BY_CODE[wire["stavoklis"]],
    )


def _to_status(wire: Wire, municipality: AtvkCode) -> SocialStatusRecord:
    first, last = _days(wire["periods"])
    return SocialStatusRecord(
        kind=SOCIAL_STATUS_BY_CODE[wire["pazime"]], from_=first, to=last, municipality=municipality
    )


def _days(period: Wire) -> tuple[date, date | None]:
    last = period.get("beigas")
    return _day(period["sakums"]), None if last is None else _day(last)


def _day(text: str) -> date:
    day, month, year = text.split(".")
    return date(int(year), int(month), int(day))
