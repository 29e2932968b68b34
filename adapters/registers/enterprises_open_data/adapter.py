"""Calls of CKAN's datastore: many entities in one search of a table. Nothing says who asks, or why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.api_manager import OpenDoor
from adapters.kit.clock import Clock
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, reading
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire
from schema.records.legal_entity import LegalEntityRecord
from schema.terms import RegistrationNumber

from .mapping import ENTITIES, ENTITY_COLUMNS, OFFICER_COLUMNS, OFFICERS, by_entity

NAME = "enterprises_open_data"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")
RESOURCES = {
    "register": "25e80bf3-f107-4ab4-89ef-251b5b9374e9",
    "officers": "e665114a-73c2-4375-9470-55874b4cfa6b",
}
"""Ids of the enterprise register's tables at data.gov.lv; settings may name others."""
_ROWS = 32_000
"""As many as CKAN gives in one answer at most."""


class EnterprisesOpenData:
    """Reads entities and their officers by registration number."""

    def __init__(self, service: RestService, resources: Mapping[str, str]) -> None:
        self._service = service
        self._resources = {**RESOURCES, **resources}

    async def read(
        self, record_type: type[Any], subjects: Sequence[RegistrationNumber], context: CallContext
    ) -> Mapping[RegistrationNumber, Any]:
        """See ``Reads.read``. An entity of which no officer is listed is not among those with officers."""
        digits = {subject.digits: subject for subject in subjects}
        if record_type is LegalEntityRecord:
            rows = await self._rows("register", ENTITY_COLUMNS, "regcode", list(digits), context)
            # A portal keeps a column of digits as text or as numbers.
            asked: dict[Any, RegistrationNumber] = digits | {int(key): subject for key, subject in digits.items()}
            return await collect(NAME, asked, rows, ENTITIES)
        column = "at_legal_entity_registration_number"
        rows = await self._rows("officers", OFFICER_COLUMNS, column, list(digits), context)
        with reading(NAME, "rows that are not what the columns are"):
            entities = by_entity(rows)
        return await collect(NAME, digits, entities, OFFICERS)

    async def _rows(
        self, table: str, columns: Sequence[str], key: str, values: Sequence[str], context: CallContext
    ) -> Sequence[Any]:
        resource = self._resources[table]
        body = {"resource_id": resource, "filters": {key: values}, "fields": list(columns), "limit": _ROWS}
        answer = await self._service.call("datastore_search", context, body=body)
        with reading(NAME, "an answer that is not what the contract says"):
            result = answer.body["result"]
            if result["resource_id"] != resource:
                raise Malformed(NAME, "rows of another table")
            if result.get("total", len(result["records"])) != len(result["records"]):
                raise Malformed(NAME, "not all rows that there are")
        rows: Sequence[Any] = result["records"]
        return rows


def connect(connection: Connection, wire: Wire, clock: Clock) -> EnterprisesOpenData:
    """The adapter at one portal."""
    return EnterprisesOpenData(RestService(NAME, CONTRACT, connection, wire, xroad=OpenDoor()), connection.resources)
