"""Calls of the open data portal: many entities in one search of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.ckan import Datastore
from adapters.kit.ckan_values import as_kept
from adapters.kit.clock import Clock
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import reading
from adapters.kit.openapi.document import load_openapi
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire
from schema.records.legal_entity import LegalEntityRecord
from schema.terms import RegistrationNumber

from .mapping import ENTITIES, ENTITY_COLUMNS, OFFICER_COLUMNS, OFFICERS, by_entity

NAME = "enterprises_open_data"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")
TABLES = {
    "register": "25e80bf3-f107-4ab4-89ef-251b5b9374e9",
    "officers": "e665114a-73c2-4375-9470-55874b4cfa6b",
}
"""Ids of the enterprise register's tables at data.gov.lv."""


class EnterprisesOpenData:
    """Reads entities and their officers by registration number."""

    def __init__(self, portal: Datastore) -> None:
        self._portal = portal

    async def read(
        self, record_type: type[Any], subjects: Sequence[RegistrationNumber], context: CallContext
    ) -> Mapping[RegistrationNumber, Any]:
        """See ``Reads.read``. An entity of which no officer is listed is not among those with officers."""
        digits = {subject.digits: subject for subject in subjects}

        def entities(rows: Sequence[Any]) -> dict[RegistrationNumber, Any]:
            return collect(NAME, as_kept(digits), rows, ENTITIES)

        def officers(rows: Sequence[Any]) -> dict[RegistrationNumber, Any]:
            with reading(NAME, "rows that are not what the columns are"):
                found = by_entity(rows)
            return collect(NAME, digits, found, OFFICERS)

        if record_type is LegalEntityRecord:
            return await self._portal.rows("register", ENTITY_COLUMNS, "regcode", list(digits), context, entities)
        column = "at_legal_entity_registration_number"
        return await self._portal.rows("officers", OFFICER_COLUMNS, column, list(digits), context, officers)


def connect(connection: Connection, wire: Wire, clock: Clock) -> EnterprisesOpenData:
    """The adapter at one portal."""
    return EnterprisesOpenData(Datastore(NAME, CONTRACT, connection, wire, TABLES))
