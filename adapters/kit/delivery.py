"""Handing a message over to a REST owner that knows ``Idempotency-Key`` and can be asked by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.kit.errors import Malformed, Rejected
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Receipt
from adapters.kit.xsd.types import Broken

_CONFLICT = 409
_MESSAGE_ID_NAME = "sutijumaId"


class RestDelivery:
    """Two operations of one contract.

    Args:
        send: takes a message under ``Idempotency-Key``; the same message again gives the same receipt.
        look_up: finds a message by its id, given as query parameter ``query_name``; answers a list of at most one.
        reference_name: where a receipt, and an item of the list, has the owner's case number.
    """

    def __init__(
        self,
        register: str,
        service: RestService,
        *,
        send: str,
        look_up: str,
        query_name: str,
        list_name: str,
        reference_name: str,
    ) -> None:
        self._register = register
        self._service = service
        self._send = send
        self._look_up = look_up
        self._query_name = query_name
        self._list_name = list_name
        self._reference_name = reference_name

    async def deliver(
        self, body: Mapping[str, Any], message_id: str, context: CallContext, base: str | None = None
    ) -> Receipt:
        """Send; where the owner says that it has the message already, ask for its receipt. Raises: see ``Receives``."""
        answer = await self._service.call(
            self._send,
            context,
            base=base,
            body=body,
            headers={"Idempotency-Key": message_id},
            expected=frozenset({_CONFLICT}),
        )
        if answer.status != _CONFLICT:
            return Receipt(answer.body[self._reference_name])
        receipt = await self.find(message_id, context, base)
        if receipt is None:
            raise Rejected(self._register, "status 409, and the message is not there")
        return receipt

    async def find(self, message_id: str, context: CallContext, base: str | None = None) -> Receipt | None:
        """Ask for the message. None: it certainly did not arrive. Raises: ``RegisterError``."""
        answer = await self._service.call(self._look_up, context, base=base, query={self._query_name: message_id})
        items = answer.body[self._list_name]
        if not items:
            return None
        if len(items) != 1 or isinstance(items[0], Broken) or items[0][_MESSAGE_ID_NAME] != message_id:
            raise Malformed(self._register, "the receipt is of another message")
        return Receipt(items[0][self._reference_name])
