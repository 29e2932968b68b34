"""Calls of the social insurance agency: periods and benefits of many persons in one, applications one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.claim_answers import writing
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError, Rejected
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.soap.delivery import SoapDelivery
from adapters.kit.soap.fault_codes import by_code
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.social_insurance import SocialInsurance, StateBenefits
from schema.terms import AtvkCode, PersonCode

from .mapping import INSURED, PAID, to_application

NAME = "social_insurance"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "sais.wsdl")


class SocialInsuranceAgency:
    """Reads insurance periods and benefits; receives applications for benefits and pensions."""

    def __init__(self, service: SoapService) -> None:
        self._service = service
        self._delivery = SoapDelivery(
            NAME,
            service,
            send="IesniegtPieteikumu",
            add="PapildinatPieteikumu",
            withdraw="AtsauktPieteikumu",
            look_up="AtrastSutijumu",
            reference_name="LietasNumurs",
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, SocialInsurance | StateBenefits | RegisterError]:
        """See ``Reads.read``. Who is not insured, or is paid nothing, is not in the answer."""
        asked = {subject.digits: subject for subject in subjects}
        body = {"PersonasKods": list(asked)}
        if record_type is SocialInsurance:
            return await self._service.records("ApdrosinasanasPeriodi", body, context, INSURED, asked)
        return await self._service.records("PersonuPabalsti", body, context, PAID, asked)

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. Applications are of natural persons."""
        if not isinstance(claim.applicant, PersonCode):
            raise Rejected(NAME, "the applicant is no natural person")
        with writing(NAME):
            body = to_application(claim, claim.applicant)
        return await self._delivery.deliver(body, message_id, context)

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        return await self._delivery.follow(kind, reference, claim, message_id, context)

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``."""
        return await self._delivery.find(message_id, context)

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``."""
        return await self._delivery.changes(since, context)


classify = by_code(NAME)
"""The agency's own faults."""


def connect(connection: Connection, wire: Wire, clock: Clock) -> SocialInsuranceAgency:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return SocialInsuranceAgency(SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify))
