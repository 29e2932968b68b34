"""Calls of the population register: one operation for one person, one for many, one for who became protected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError, Rejected, Unavailable, reading
from adapters.kit.ports import CallContext, Notices
from adapters.kit.soap.envelope import Fault
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.natural_person import NaturalPerson
from schema.terms import PersonCode

from .mapping import PERSONS, to_notices

NAME = "natural_persons"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "fpr.wsdl")


class NaturalPersons:
    """Reads persons by current or former personal code."""

    def __init__(self, service: SoapService) -> None:
        self._service = service

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


def classify(fault: Fault) -> RegisterError | None:
    """The register's own faults: element ``Kluda`` in the detail."""
    codes = [] if fault.detail is None else [node.text for node in fault.detail.iter("{*}Kods")]
    match codes:
        case ["NEDERIGS_PIEPRASIJUMS" | "NAV_TIESIBU" as code]:
            return Rejected(NAME, f"fault {code}")
        case ["ISLAICIGI_NEPIEEJAMS"]:
            return Unavailable(NAME, "fault ISLAICIGI_NEPIEEJAMS")
    return None


def connect(connection: Connection, wire: Wire, clock: Clock) -> NaturalPersons:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return NaturalPersons(SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify))
