"""VISS API manager (API pārvaldnieks): the headers that say who asks, beside the client certificate of the connection.

The owner of a register lets each subscriber in by certificate and *data exchange number* (datu apmaiņas identifikācijas
numurs). The number is a credential like a password: it is in no ``repr``, error or log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.kit.errors import Malformed
from adapters.kit.ports import CallContext

MESSAGE_ID = "X-Pieprasijuma-Id"
EXCHANGE_NUMBER = "X-Datu-Apmainas-Numurs"
NOT_SUBSCRIBED = "0"
"""Where the settings have no number: what a simulated register takes, and a real one refuses."""


@dataclass(frozen=True, slots=True)
class ApiManager:
    """Headers of a register behind the API manager.

    Args:
        exchange_number: ours, of this register; None in development.
    """

    exchange_number: str | None = field(repr=False)

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Headers of one call: number, message, acting person, claim, and the third party that is acted for."""
        headers = {
            EXCHANGE_NUMBER: self.exchange_number or NOT_SUBSCRIBED,
            MESSAGE_ID: message_id,
            "X-Lietotajs": context.user,
            "X-Lieta": context.issue,
        }
        if context.represented_party is not None:
            headers["X-Parstaveta-Puse"] = context.represented_party.digits
        return headers

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """Compare the message's id with the answer's, where it has one. Raises: Malformed: another request's."""
        if answered.get(MESSAGE_ID.lower(), message_id).strip() != message_id:
            raise Malformed(register, f"header {MESSAGE_ID} answers another request")


class OpenDoor:
    """A service that is open to everybody: nothing says who asks, for whom, or why."""

    __slots__ = ()

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """No headers: whoever runs an open service learns nothing of claims and people."""
        return {}

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """There is nothing to compare."""
