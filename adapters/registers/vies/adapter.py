"""Calls of VIES: one number at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable, reading
from adapters.kit.ports import CallContext
from adapters.kit.soap.envelope import Fault
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from schema.records.vat_registration import VatRegistrationRecord
from schema.terms import RegistrationNumber

from .mapping import COUNTRY, to_vat_registration

NAME = "vies"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "checkVatService.wsdl")
_REFUSED = frozenset({"INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED"})
_LATER = frozenset(
    {
        *("SERVICE_UNAVAILABLE", "MS_UNAVAILABLE", "TIMEOUT", "SERVER_BUSY"),
        *("GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ_TIME"),
        *("MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME"),
    }
)


class Vies:
    """Reads whether the VAT number of a Latvian legal entity is valid."""

    def __init__(self, service: SoapService, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    async def read(
        self, record_type: type[Any], subjects: Sequence[RegistrationNumber], context: CallContext
    ) -> Mapping[RegistrationNumber, VatRegistrationRecord | RegisterError]:
        """See ``Reads.read``. A number that nobody has is in the answer, as not valid."""
        [subject] = subjects
        body = {"countryCode": COUNTRY, "vatNumber": subject.digits}
        wire = await self._service.call("checkVat", body, context)
        if (wire["countryCode"], wire["vatNumber"]) != (COUNTRY, subject.digits):
            raise Malformed(NAME, "the answer is about another number")
        with reading(NAME, "checkVatResponse is not what the contract says"):
            return {subject: to_vat_registration(wire, self._clock.now())}


def classify(fault: Fault) -> RegisterError | None:
    """VIES says what is wrong in the fault string, whatever the fault code; some of its servers put it in braces."""
    said = fault.text.strip(" {}'\n")
    if said in _REFUSED:
        return Rejected(NAME, f"fault {said}")
    if said in _LATER:
        return Unavailable(NAME, f"fault {said}")
    return None


def connect(connection: Connection, wire: Wire, clock: Clock) -> Vies:
    """The adapter at one address; VIES is reached without X-Road."""
    return Vies(SoapService(NAME, CONTRACT, connection, wire, xroad=None, classify=classify), clock)
