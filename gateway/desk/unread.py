"""Why there is no record, as the caller is told."""

from __future__ import annotations

from adapters.kit.errors import Malformed, NotPermitted, RegisterError, Spent, Unavailable
from gateway.desk.permitted import said_of
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import ASK_AGAIN_LATER


def too_old(register: str) -> FieldError:
    """The register has it, but as it was too long ago for the claim."""
    return FieldError(
        ErrorCode.REGISTER_UNAVAILABLE,
        Text(
            "The register's data is older than this claim allows.",
            "Reģistra dati ir vecāki, nekā šim iesniegumam atļauts.",
        ),
        remedy=Text("Ask again later.", "Mēģiniet vēlāk."),
        register=register,
    )


def not_connected() -> FieldError:
    """Nobody can be asked."""
    return FieldError(
        ErrorCode.REGISTER_NOT_CONNECTED,
        Text(
            "No register that holds this is connected to the gateway.",
            "Reģistrs, kurā ir šīs ziņas, vārtejai nav pieslēgts.",
        ),
        remedy=Text("Ask the ministry when it will be.", "Jautājiet ministrijai, kad tas notiks."),
    )


def said(error: RegisterError) -> FieldError:
    """A register's error as the caller sees it: which register, and what to do; nothing of what it answered."""
    if isinstance(error, Malformed):
        return FieldError(
            ErrorCode.REGISTER_CONTRACT_BROKEN,
            Text(
                "The register answered something that its contract does not allow.",
                "Reģistrs atbildēja ar kaut ko tādu, ko tā līgums nepieļauj.",
            ),
            remedy=Text(
                "The ministry has been told; ask again later.", "Ministrijai par to ir paziņots; mēģiniet vēlāk."
            ),
            register=error.register,
        )
    if isinstance(error, NotPermitted | Spent):
        return said_of(error)
    retry_after = error.retry_after if isinstance(error, Unavailable) else None
    return FieldError(
        ErrorCode.REGISTER_UNAVAILABLE,
        Text("The register gave no answer.", "Reģistrs neatbildēja."),
        remedy=ASK_AGAIN_LATER,
        register=error.register,
        retry_after=5.0 if retry_after is None else retry_after,
    )
