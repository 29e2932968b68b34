"""Calls of the address register: many codes in one."""

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
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode

from .mapping import ADDRESSES

NAME = "addresses"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class Addresses:
    """Reads addresses by code."""

    def __init__(self, service: RestService) -> None:
        self._service = service

    async def read(
        self, record_type: type[Any], subjects: Sequence[AddressCode], context: CallContext
    ) -> Mapping[AddressCode, RegisteredAddress | RegisterError]:
        """See ``Reads.read``."""
        asked = {subject.digits: subject for subject in subjects}
        return await self._service.records("mekletAdreses", context, ADDRESSES, asked, body={"kodi": list(asked)})


def connect(connection: Connection, wire: Wire, clock: Clock) -> Addresses:
    """The adapter at one address."""
    xroad = connection.xroad or XRoad.development(NAME)
    return Addresses(RestService(NAME, CONTRACT, connection, wire, xroad=xroad))
