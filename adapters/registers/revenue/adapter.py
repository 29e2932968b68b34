"""Calls of the State Revenue Service: income and tax books of many persons in one, declarations one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.delivery import RestDelivery
from adapters.kit.errors import RegisterError, Rejected
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.income_history import IncomeHistory
from schema.records.tax_book import TaxBookRecord
from schema.terms import AtvkCode, PersonCode

from .mapping import INCOMES, TAX_BOOKS, to_declaration

NAME = "revenue"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")
_MONTHS = 36
"""The longest window that the contract gives: one call serves every field that asks for fewer months."""


class Revenue:
    """Reads income and tax books; receives annual income declarations."""

    def __init__(self, service: RestService) -> None:
        self._service = service
        self._delivery = RestDelivery(
            NAME,
            service,
            send="iesniegtDeklaraciju",
            look_up="atrastDeklaraciju",
            query_name="sutijuma_id",
            list_name="deklaracijas",
            reference_name="deklaracijasNumurs",
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, IncomeHistory | TaxBookRecord | RegisterError]:
        """See ``Reads.read``. Without income: an empty history; without tax book: not in the answer."""
        asked = {subject.digits: subject for subject in subjects}
        codes = {"personasKodi": list(asked)}
        if record_type is IncomeHistory:
            body = {**codes, "menesi": _MONTHS}
            return dict(await self._service.records("mekletIenakumus", context, INCOMES, asked, body=body))
        return dict(await self._service.records("mekletGramatinas", context, TAX_BOOKS, asked, body=codes))

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. Declarations are of natural persons."""
        if not isinstance(claim.applicant, PersonCode):
            raise Rejected(NAME, "the applicant is no natural person")
        return await self._delivery.deliver(to_declaration(claim, claim.applicant), message_id, context)

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        return await self._delivery.follow(kind, reference, claim, message_id, context)

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``. Declarations are decided in the service's own system."""
        return await self._delivery.changes(since, context)

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``."""
        return await self._delivery.find(message_id, context)


def connect(connection: Connection, wire: Wire, clock: Clock) -> Revenue:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return Revenue(RestService(NAME, CONTRACT, connection, wire, xroad=xroad))
