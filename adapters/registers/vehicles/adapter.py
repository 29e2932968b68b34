"""Calls of the vehicle register: the vehicles of many owners in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError
from adapters.kit.ports import CallContext
from adapters.kit.soap.fault_codes import by_code
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import PersonCode

from .mapping import OWNERS, by_owner

NAME = "vehicles"
CONTRACT = load_contract(Path(__file__).parent / "contract" / "tvr.wsdl")


class Vehicles:
    """Reads what vehicles people own."""

    def __init__(self, service: SoapService) -> None:
        self._service = service

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, VehicleFleet | RegisterError]:
        """See ``Reads.read``. Who never owned one is not in the answer; who sold the last one has an empty fleet."""
        asked = {subject.digits: subject for subject in subjects}
        return await self._service.records("TransportlidzekliPecPersonas", by_owner(asked), context, OWNERS, asked)


classify = by_code(NAME)
"""The register's own faults."""


def connect(connection: Connection, wire: Wire, clock: Clock) -> Vehicles:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return Vehicles(SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify))
