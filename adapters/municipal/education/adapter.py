"""Calls of the municipalities' education offices: the kindergarten queue, each office at its own address."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.claim_answers import writing
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import Rejected
from adapters.kit.municipal import place_of, server_of
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.soap.delivery import SoapDelivery
from adapters.kit.soap.fault_codes import by_code
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from schema.terms import AtvkCode, PersonCode

from .mapping import to_registration

NAME = "education"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "rinda.wsdl")


class KindergartenQueue:
    """Receives registrations, what is added to them, and withdrawals."""

    partition = staticmethod(place_of)
    """See ``Partitioned.partition``."""

    def __init__(self, service: SoapService, connection: Connection) -> None:
        self._connection = connection
        self._delivery = SoapDelivery(
            NAME,
            service,
            send="PieteiktRinda",
            add="PapildinatPieteikumu",
            withdraw="AtsauktPieteikumu",
            look_up="AtrastSutijumu",
            reference_name="RindasNumurs",
        )

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. A parent registers a child with one municipality."""
        if not isinstance(claim.applicant, PersonCode):
            raise Rejected(NAME, "the applicant is no natural person")
        with writing(NAME):
            body = to_registration(claim, claim.applicant)
        return await self._delivery.deliver(body, message_id, context, self._base(claim.municipality))

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """Hand over added answers or a withdrawal. Raises: see ``Receives.deliver``."""
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


classify = by_code(NAME)
"""The office's own faults."""


def connect(connection: Connection, wire: Wire, clock: Clock) -> KindergartenQueue:
    """The adapter with the addresses of every municipality; offices are reached without X-Road."""
    service = SoapService(NAME, CONTRACT, connection, wire, xroad=None, classify=classify)
    return KindergartenQueue(service, connection)
