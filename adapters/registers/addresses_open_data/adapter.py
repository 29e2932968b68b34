"""Calls of the open data portal: many addresses, with all that they lie in, in one query over the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.ckan import Datastore
from adapters.kit.clock import Clock
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import RegisterError, reading
from adapters.kit.openapi.document import load_openapi
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode

from .mapping import ADDRESSES, by_address
from .query import places_of

NAME = "addresses_open_data"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")
TABLES = {
    "flats": "b83be373-f444-4f50-9b98-28741845325e",
    "houses": "a510737a-18ce-400f-ad4b-04fce5228272",
    "streets": "3c4ab802-76cf-433c-9c1c-89215e28d833",
    "villages": "0d3810f4-1ac0-4fba-8b10-0188084a361b",
    "parishes": "6ba8c905-27a1-443a-b9c6-256a0777425b",
    "towns": "ee02baa4-2bc3-4f77-a6cb-5427a3e9befe",
    "counties": "c62c60bb-58d4-4f26-82c0-5b630769f9d1",
}
"""Ids of the address register's tables at data.gov.lv: aw_dziv, aw_eka, aw_iela, aw_ciems, aw_pagasts, aw_pilseta and
aw_novads of the data set ``varis-atvertie-dati``."""


class AddressesOpenData:
    """Reads addresses by code, those that are no more too."""

    def __init__(self, portal: Datastore) -> None:
        self._portal = portal

    async def read(
        self, record_type: type[Any], subjects: Sequence[AddressCode], context: CallContext
    ) -> Mapping[AddressCode, RegisteredAddress | RegisterError]:
        """See ``Reads.read``."""
        asked = {subject.digits: subject for subject in subjects}
        with reading(NAME, "an address code that is none"):
            query = places_of(list(asked), self._portal.tables)

        def addresses(rows: Sequence[Any]) -> dict[AddressCode, RegisteredAddress | RegisterError]:
            with reading(NAME, "rows that are not what the columns are"):
                found = by_address(rows, asked)
            return collect(NAME, asked, found, ADDRESSES)

        return await self._portal.select(query, context, addresses)


def connect(connection: Connection, wire: Wire, clock: Clock) -> AddressesOpenData:
    """The adapter at one portal."""
    return AddressesOpenData(Datastore(NAME, CONTRACT, connection, wire, TABLES))
