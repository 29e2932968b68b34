"""What a claim to the kindergarten queue is to an education office."""

from __future__ import annotations

from datetime import date
from typing import Any

from adapters.kit.ports import OutgoingClaim
from schema.terms import PersonCode

DARK = ("Kartas",)
"""In which tier of the queue the child stands follows from the office's own check; its decision says it."""


def to_registration(claim: OutgoingClaim, applicant: PersonCode) -> dict[str, Any]:
    """Element ``PieteiktRinda`` of a claim, without the message's id.

    Raises:
        LookupError, ValueError, TypeError: an answer is missing, or is none that the office takes.

    Source: contract/rinda.xsd, element ``PieteiktRinda``.
    """
    answers = claim.answers
    return {
        "PieteikumaId": claim.claim_id,
        "Iesniegts": claim.submitted_at,
        "Pieteicejs": applicant.digits,
        "Berns": answers["child"],
        "VelamaisDatums": date.fromisoformat(answers["wantedFrom"]),
        "Iestade": list(answers["institutions"]),
    }
