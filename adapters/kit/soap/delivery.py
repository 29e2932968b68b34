"""Handing a message over to a SOAP owner that keeps the id of each message and can be asked by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from adapters.kit.case_changes import ChangeNames, change_of
from adapters.kit.claim_answers import CASE_STATUS_BY_CODE, named_answers
from adapters.kit.errors import Malformed, Rejected, reading
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.soap.service import SoapService
from adapters.kit.xsd.calendar import in_utc, read_date_time
from adapters.kit.xsd.types import Broken
from schema.terms import ClaimStatus

_ID = "SutijumaId"


class SoapDelivery:
    """The operations of one contract that take messages, and the one that finds them.

    Args:
        send: takes a claim.
        add: takes answers that are added to a case.
        withdraw: takes a withdrawal.
        look_up: finds a message by its id; answers a list of at most one in ``list_name``. None: the owner has no such
            operation.
        reference_name: where a receipt, and an item of the list, has the owner's case number.
    """

    def __init__(
        self,
        register: str,
        service: SoapService,
        *,
        send: str,
        add: str,
        withdraw: str,
        reference_name: str,
        look_up: str | None = None,
        list_name: str = "Sutijums",
    ) -> None:
        self._register = register
        self._service = service
        self._send, self._add, self._withdraw = send, add, withdraw
        self._look_up = look_up
        self._list_name = list_name
        self._reference_name = reference_name

    async def deliver(
        self, body: Mapping[str, Any], message_id: str, context: CallContext, base: str | None = None
    ) -> Receipt:
        """Send a claim, once. Raises: see ``Receives.deliver``."""
        return await self._hand_over(self._send, body, message_id, context, base)

    async def follow(
        self,
        kind: str,
        reference: str | None,
        claim: OutgoingClaim,
        message_id: str,
        context: CallContext,
        base: str | None = None,
    ) -> Receipt:
        """Send added answers, or a withdrawal: of the claim where its case's number is not known.

        Raises: see ``Follows.follow``.
        """
        known = {} if reference is None else {self._reference_name: reference}
        if kind == "WITHDRAWAL":
            withdrawn = {**known, "PieteikumaId": claim.claim_id, "Iesniegts": claim.submitted_at}
            return await self._hand_over(self._withdraw, withdrawn, message_id, context, base)
        if reference is None:
            raise Rejected(self._register, "answers cannot be added to a case whose number is not known")
        added = {**known, "Iesniegts": claim.submitted_at, "Atbilde": named_answers(claim.answers)}
        return await self._hand_over(self._add, added, message_id, context, base)

    async def _hand_over(
        self, operation: str, body: Mapping[str, Any], message_id: str, context: CallContext, base: str | None
    ) -> Receipt:
        answer = await self._service.call(operation, {_ID: message_id, **body}, context, base=base)
        with reading(self._register, "the answer is no receipt"):
            return Receipt(answer[self._reference_name])

    async def find(self, message_id: str, context: CallContext, base: str | None = None) -> Receipt | None:
        """Ask for the message. None: it certainly did not arrive. Raises: ``RegisterError``."""
        if self._look_up is None:
            raise Rejected(self._register, "the owner cannot be asked for a message")
        answer = await self._service.call(self._look_up, {_ID: message_id}, context, base=base)
        with reading(self._register, "the answer is not what the contract says"):
            items = answer.get(self._list_name) or ()
            if not items:
                return None
            if len(items) != 1 or isinstance(items[0], Broken) or items[0][_ID] != message_id:
                raise Malformed(self._register, "the receipt is of another message")
            return Receipt(items[0][self._reference_name])

    async def changes(
        self,
        since: str | None,
        context: CallContext,
        base: str | None = None,
        statuses: Mapping[str, ClaimStatus] = MappingProxyType(CASE_STATUS_BY_CODE),
    ) -> Changes:
        """Operation ``StatusuIzmainas``. Raises: see ``ReportsChanges.changes``.

        Args:
            statuses: by the owner's code.
        """
        asked = {} if since is None else {"Kops": since}
        answer = await self._service.call("StatusuIzmainas", asked, context, base=base)
        names = ChangeNames("IzmainasId", self._reference_name, "Statuss", "Laiks", "Piezime")
        with reading(self._register, "the answer is not what the contract says"):
            items = answer.get("Izmaina") or ()
            changes = [change_of(each, names, statuses, in_utc, _moment) for each in items]
            return Changes(changes, answer["Atzime"], answer["Vel"])


def _moment(text: str) -> datetime:
    return in_utc(read_date_time(text.strip()))
