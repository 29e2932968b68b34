"""What a claim of property tax relief is to a finance office."""

from __future__ import annotations

from typing import Any

from adapters.kit.ports import OutgoingClaim
from adapters.kit.wire_values import moment
from schema.terms import PersonCode

CODE_BY_GROUND = {"LARGE_FAMILY": "DG", "NEEDY": "TR", "LOW_INCOME": "MN", "REPRESSED": "PR", "OTHER": "CITS"}


def to_application(claim: OutgoingClaim) -> dict[str, Any]:
    """Object ``Iesniegums`` of a claim, without the message's id.

    Raises:
        LookupError, TypeError: an answer is missing, or is none that the office takes.

    Source: contract/openapi.yaml, schema ``Iesniegums``.
    """
    answers = claim.answers
    return {
        "pieteikumaId": claim.claim_id,
        "iesniegts": moment(claim.submitted_at),
        "personasKods" if isinstance(claim.applicant, PersonCode) else "regNr": claim.applicant.digits,
        "kadastraNumurs": answers["cadastreNumber"],
        "pamats": CODE_BY_GROUND[answers["ground"]],
        "bezSaimnieciskasDarbibas": answers["noEconomicActivity"],
    }
