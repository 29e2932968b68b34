"""Calls of the cadastre: who owns what, many owners in one; extracts, of which it cannot say afterwards who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.claim_answers import writing
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.soap.delivery import SoapDelivery
from adapters.kit.soap.fault_codes import by_code
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.real_estate import RealEstate
from schema.terms import AtvkCode, PersonCode, RegistrationNumber

from .mapping import OWNERS, to_request

NAME = "cadastre"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "kadastrs.wsdl")
_KINDS = {PersonCode: "FP", RegistrationNumber: "JP"}

Owner = PersonCode | RegistrationNumber


class Cadastre:
    """Reads what people and legal entities own; receives requests for extracts."""

    def __init__(self, service: SoapService) -> None:
        self._service = service
        self._delivery = SoapDelivery(
            NAME,
            service,
            send="PieprasitIzzinu",
            add="PapildinatPieprasijumu",
            withdraw="AtsauktPieprasijumu",
            reference_name="IzzinasNumurs",
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[Owner], context: CallContext
    ) -> Mapping[Owner, RealEstate | RegisterError]:
        """See ``Reads.read``. People and legal entities are asked for apart; who owns nothing is not in the answer."""
        found: dict[Owner, RealEstate | RegisterError] = {}
        for kind, code in _KINDS.items():
            asked = {subject.digits: subject for subject in subjects if isinstance(subject, kind)}
            if asked:
                body = {"Veids": code, "Kods": list(asked)}
                found |= await self._service.records("IpasumiPecIpasnieka", body, context, OWNERS, asked)
        return found

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``."""
        with writing(NAME):
            body = to_request(claim)
        return await self._delivery.deliver(body, message_id, context)

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        return await self._delivery.follow(kind, reference, claim, message_id, context)

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``. Always an error: there is no such operation, and people settle what is in doubt."""
        return await self._delivery.find(message_id, context)

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``."""
        return await self._delivery.changes(since, context)


classify = by_code(NAME)
"""The cadastre's own faults."""


def connect(connection: Connection, wire: Wire, clock: Clock) -> Cadastre:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return Cadastre(SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify))
