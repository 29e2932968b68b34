"""Handing a message over to a REST owner that keeps its id, and can be asked by it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.kit.case_changes import ChangeNames, change_of
from adapters.kit.claim_answers import CASE_STATUS_BY_CODE
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable, reading
from adapters.kit.openapi.service import Answered, RestService
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.wire_values import moment, moment_of
from adapters.kit.xsd.types import Broken
from schema.terms import ClaimStatus

KEY = "Idempotency-Key"
"""The header that most owners take a message's id from."""
_CONFLICT = 409
_ADD, _WITHDRAW, _CHANGES = "papildinatIesniegumu", "atsauktIesniegumu", "statusuIzmainas"


class RestDelivery:
    """The operations of one contract that take messages, find them, and tell what became of claims.

    Args:
        send: takes a claim.
        look_up: finds a message by its id, given as query parameter ``query_name``; answers a list of at most one.
        reference_name: where a receipt, and an item of the list, has the owner's case number.
        message_id_name: where an item of the list, and a body, has the message's id.
        key: the header that has the id, so that the same message again gives the same receipt. None: the id stands in
            the body, and the same message again would be another case.
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
        message_id_name: str = "sutijumaId",
        key: str | None = KEY,
    ) -> None:
        self._register = register
        self._service = service
        self._send = send
        self._look_up = look_up
        self._query_name = query_name
        self._list_name = list_name
        self._reference_name = reference_name
        self._message_id_name = message_id_name
        self._key = key

    async def deliver(
        self, body: Mapping[str, Any], message_id: str, context: CallContext, base: str | None = None
    ) -> Receipt:
        """Send a claim; where the owner says that it has the message already, ask for its receipt.

        Raises: see ``Receives``.
        """
        return await self.hand_over(self._send, body, message_id, context, base)

    async def follow(
        self,
        kind: str,
        reference: str | None,
        claim: OutgoingClaim,
        message_id: str,
        context: CallContext,
        base: str | None = None,
    ) -> Receipt:
        """Send added answers or a withdrawal. Raises: see ``Follows``."""
        if kind == "WITHDRAWAL":
            known = {} if reference is None else {self._reference_name: reference}
            withdrawn = {**known, "pieteikumaId": claim.claim_id, "iesniegts": moment(claim.submitted_at)}
            return await self.hand_over(_WITHDRAW, withdrawn, message_id, context, base)
        if reference is None:
            raise Rejected(self._register, "answers cannot be added to a case whose number is not known")
        body = {
            self._reference_name: reference,
            "iesniegts": moment(claim.submitted_at),
            "atbildes": dict(claim.answers),
        }
        return await self.hand_over(_ADD, body, message_id, context, base)

    async def changes(
        self,
        since: str | None,
        context: CallContext,
        base: str | None = None,
        statuses: Mapping[str, ClaimStatus] = MappingProxyType(CASE_STATUS_BY_CODE),
    ) -> Changes:
        """Ask what became of claims. Raises: see ``ReportsChanges.changes``.

        Args:
            statuses: by the owner's code.
        """
        query = {} if since is None else {"kops": since}
        answer = await self._service.call(_CHANGES, context, base=base, query=query)
        names = ChangeNames("izmainasId", self._reference_name, "statuss", "laiks", "piezime")
        with reading(self._register, "the answer is not what the contract says"):
            changes = [change_of(item, names, statuses, moment_of, moment_of) for item in answer.body["izmainas"]]
            return Changes(changes, answer.body["atzime"], answer.body["vel"])

    async def hand_over(
        self, operation: str, body: Mapping[str, Any], message_id: str, context: CallContext, base: str | None = None
    ) -> Receipt:
        """Send a message by any operation of the contract; what :meth:`deliver` and :meth:`follow` do with theirs.

        Raises: see ``Receives``.
        """
        if self._key is None:
            body = {self._message_id_name: message_id, **body}
            return self._receipt(await self._service.call(operation, context, base=base, body=body))
        answer = await self._service.call(
            operation,
            context,
            base=base,
            body=body,
            headers={self._key: message_id},
            expected=frozenset({_CONFLICT}),
        )
        if answer.status != _CONFLICT:
            return self._receipt(answer)
        try:
            receipt = await self.find(message_id, context, base)
        except RegisterError as error:
            # The question failed, not the message: that was sent, and the owner may have it.
            what = f"status 409, and what is there could not be asked: {error.what}"
            raise Unavailable(self._register, what, sent=True) from None
        if receipt is None:
            raise Rejected(self._register, "status 409, and the message is not there")
        return receipt

    def _receipt(self, answer: Answered) -> Receipt:
        return Receipt(answer.body[self._reference_name])

    async def find(self, message_id: str, context: CallContext, base: str | None = None) -> Receipt | None:
        """Ask for the message. None: it certainly did not arrive. Raises: ``RegisterError``."""
        answer = await self._service.call(self._look_up, context, base=base, query={self._query_name: message_id})
        items = answer.body[self._list_name]
        if not items:
            return None
        if len(items) != 1 or isinstance(items[0], Broken) or items[0][self._message_id_name] != message_id:
            raise Malformed(self._register, "the receipt is of another message")
        return Receipt(items[0][self._reference_name])
