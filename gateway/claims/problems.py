"""What the caller of a mutation can mend."""

from __future__ import annotations

from dataclasses import dataclass

from schema.terms import ProblemCode


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of ``problems``."""

    code: ProblemCode
    message: str
    """English, and without any value from the input."""
    field: str | None = None
    """JSON pointer into the mutation's input."""


WRONG_STATUS = Problem(ProblemCode.WRONG_STATUS, "The claim's status does not allow this any more, or not yet.")
IDEMPOTENCY_KEY_REUSED = Problem(
    ProblemCode.IDEMPOTENCY_KEY_REUSED,
    "This idempotency key was used with another input. Use a new key for a new request.",
    "/idempotencyKey",
)
CLAIM_TYPE_CLOSED = Problem(
    ProblemCode.CLAIM_TYPE_CLOSED, "This claim type cannot be asked for through the gateway now.", "/type"
)
DECIDED_IN_OWNER_SYSTEM = Problem(
    ProblemCode.DECIDED_IN_OWNER_SYSTEM, "This owner decides in its own system. Record the decision there."
)
PRESENCE_NOT_PROVEN = Problem(
    ProblemCode.PRESENCE_NOT_PROVEN, "The reference does not prove that the applicant is present.", "/presence"
)
TOO_MANY_DRAFTS = Problem(
    ProblemCode.QUOTA_EXCEEDED, "The applicant has too many drafts. Submit or withdraw some of them."
)
