"""Calls of the population register: one operation for one person, one for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.contract import load_contract
from adapters.kit.envelope import Fault
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.ports import CallContext
from adapters.kit.soap import SoapService
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from adapters.kit.xsd_types import Broken
from schema.records.natural_person import NaturalPerson
from schema.terms import PersonCode

from .mapping import is_found_by, to_natural_person

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
        if len(subjects) == 1:
            answer = await self._service.call("PersonasDati", {"PersonasKods": subjects[0].digits}, context)
            persons = [answer["Persona"]] if "Persona" in answer else []
        else:
            codes = [subject.digits for subject in subjects]
            persons = (await self._service.call("PersonuDati", {"PersonasKods": codes}, context))["Persona"]
        if not all(isinstance(person, Broken) or is_found_by(person) for person in persons):
            raise Malformed(NAME, "Persona has a code that is not the one it was found by")
        asked = {subject.digits: subject for subject in subjects}
        return await collect(NAME, asked, persons, "AtrastsPec", to_natural_person)


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
