"""Calls of the employment agency: the status of many people in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.employment import EmploymentRecord
from schema.terms import PersonCode

from .mapping import PEOPLE

NAME = "employment"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class EmploymentAgency:
    """Reads who is registered as unemployed."""

    def __init__(self, service: RestService) -> None:
        self._service = service

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, EmploymentRecord | RegisterError]:
        """See ``Reads.read``. Who never registered with the agency is not in the answer."""
        asked = {subject.digits: subject for subject in subjects}
        body = {"personasKodi": list(asked)}
        return await self._service.records("mekletStatusus", context, PEOPLE, asked, body=body)


def connect(connection: Connection, wire: Wire, clock: Clock) -> EmploymentAgency:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return EmploymentAgency(RestService(NAME, CONTRACT, connection, wire, xroad=xroad))
