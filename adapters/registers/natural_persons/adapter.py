"""Calls of the population register: one operation for one person, one for many, one for who became protected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.claim_answers import writing
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError, Rejected, reading
from adapters.kit.ports import CallContext, Changes, Notices, OutgoingClaim, Receipt
from adapters.kit.soap.delivery import SoapDelivery
from adapters.kit.soap.fault_codes import by_code
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.natural_person import NaturalPerson
from schema.terms import AtvkCode, PersonCode

from .mapping import PERSONS, to_declaration, to_notices

NAME = "natural_persons"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "fpr.wsdl")


class NaturalPersons:
    """Reads persons by current or former personal code; receives declarations of residence."""

    def __init__(self, service: SoapService) -> None:
        self._service = service
        self._delivery = SoapDelivery(
            NAME,
            service,
            send="DeklaretDzivesvietu",
            add="PapildinatDeklaraciju",
            withdraw="AtsauktDeklaraciju",
            look_up="AtrastSutijumu",
            reference_name="DeklaracijasNumurs",
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, NaturalPerson | RegisterError]:
        """See ``Reads.read``. A person is in the answer under the code that was asked for, current or former."""
        asked = {subject.digits: subject for subject in subjects}
        if len(asked) == 1:
            [code] = asked
            return await self._service.records("PersonasDati", {"PersonasKods": code}, context, PERSONS, asked)
        return await self._service.records("PersonuDati", {"PersonasKods": list(asked)}, context, PERSONS, asked)

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """See ``Announces.notices``: whose data is restricted, and whose is no longer."""
        asked = {} if since is None else {"Kops": since}
        told = await self._service.call("AizsardzibasIzmainas", asked, context)
        with reading(NAME, "AizsardzibasIzmainas"):
            return to_notices(told)

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. A person declares a residence in one municipality."""
        if not isinstance(claim.applicant, PersonCode):
            raise Rejected(NAME, "the applicant is no natural person")
        if claim.municipality is None:
            raise Rejected(NAME, "the claim is to no municipality")
        with writing(NAME):
            body = to_declaration(claim, claim.applicant, claim.municipality)
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
"""The register's own faults: element ``Kluda`` in the detail."""


def connect(connection: Connection, wire: Wire, clock: Clock) -> NaturalPersons:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return NaturalPersons(SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify))
