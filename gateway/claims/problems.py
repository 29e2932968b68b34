"""What the caller of a mutation can mend."""

from __future__ import annotations

from dataclasses import dataclass

from schema.terms import ProblemCode
from schema.text import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of ``problems``."""

    code: ProblemCode
    message: Text
    """Without any value from the input."""
    field: str | None = None
    """JSON pointer into the mutation's input."""


WRONG_STATUS = Problem(
    ProblemCode.WRONG_STATUS,
    Text(
        "The claim's status does not allow this any more, or not yet.",
        "Iesnieguma statuss to vairs neļauj vai vēl neļauj.",
    ),
)
IDEMPOTENCY_KEY_REUSED = Problem(
    ProblemCode.IDEMPOTENCY_KEY_REUSED,
    Text(
        "This idempotency key was used with another input. Use a new key for a new request.",
        "Šī idempotences atslēga jau ir lietota ar citiem datiem. Jaunam pieprasījumam lietojiet jaunu atslēgu.",
    ),
    "/idempotencyKey",
)
CLAIM_TYPE_CLOSED = Problem(
    ProblemCode.CLAIM_TYPE_CLOSED,
    Text(
        "This claim type cannot be asked for through the gateway now.",
        "Šāda veida iesniegumus pašlaik caur vārteju nepieņem.",
    ),
    "/type",
)
DECIDED_IN_OWNER_SYSTEM = Problem(
    ProblemCode.DECIDED_IN_OWNER_SYSTEM,
    Text(
        "This owner decides in its own system. Record the decision there.",
        "Šis lēmējs lemj savā sistēmā. Reģistrējiet lēmumu tur.",
    ),
)
PRESENCE_NOT_PROVEN = Problem(
    ProblemCode.PRESENCE_NOT_PROVEN,
    Text("The reference does not prove that the applicant is present.", "Šī norāde nepierāda, ka iesniedzējs ir klāt."),
    "/presence",
)
TOO_MANY_DRAFTS = Problem(
    ProblemCode.QUOTA_EXCEEDED,
    Text(
        "The applicant has too many drafts. Submit or withdraw some of them.",
        "Iesniedzējam ir pārāk daudz melnrakstu. Iesniedziet vai atsauciet dažus no tiem.",
    ),
)
