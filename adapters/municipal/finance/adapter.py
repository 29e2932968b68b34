"""Calls of the municipalities' finance offices: claims of property tax relief, each office at its own address."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.claim_answers import writing
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.delivery import RestDelivery
from adapters.kit.municipal import place_of, server_of
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.terms import AtvkCode

from .mapping import to_application

NAME = "finance"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class PropertyTax:
    """Receives claims of people and of legal entities, what is added to them, and withdrawals."""

    partition = staticmethod(place_of)
    """See ``Partitioned.partition``."""

    def __init__(self, service: RestService, connection: Connection) -> None:
        self._connection = connection
        self._delivery = RestDelivery(
            NAME,
            service,
            send="iesniegtIesniegumu",
            look_up="atrastIesniegumu",
            query_name="sutijumaId",
            list_name="iesniegumi",
            reference_name="lietasNumurs",
            key=None,
        )

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``."""
        with writing(NAME):
            body = to_application(claim)
        return await self._delivery.deliver(body, message_id, context, self._base(claim.municipality))

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        base = self._base(claim.municipality)
        return await self._delivery.follow(kind, reference, claim, message_id, context, base)

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``. A claim to no municipality was never sent."""
        if claim.municipality is None:
            return None
        return await self._delivery.find(message_id, context, self._base(claim.municipality))

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``. One office at a time."""
        return await self._delivery.changes(since, context, self._base(place))

    def _base(self, place: AtvkCode | None) -> str:
        return server_of(NAME, self._connection, place)


def connect(connection: Connection, wire: Wire, clock: Clock) -> PropertyTax:
    """The adapter with the addresses of every municipality."""
    xroad = connection.xroad or XRoad.development(NAME)
    return PropertyTax(RestService(NAME, CONTRACT, connection, wire, xroad=xroad), connection)
