"""CKAN's datastore: rows of published tables, as open data portals give them to everybody.

Nothing tells a portal who asks, or why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from adapters.kit.api_manager import OpenDoor
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, reading
from adapters.kit.openapi.document import RestContract
from adapters.kit.openapi.service import Answered, RestService
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire

T = TypeVar("T")

_ROWS = 32_000
"""As many as CKAN gives in one answer at most."""


class Datastore:
    """Searches tables of one portal by operation ``datastore_search``, or ``datastore_search_sql``.

    Args:
        contract: holds the operation, and which columns there are.
        tables: ids under which the portal publishes, by the adapter's name for each; settings may name others.
    """

    def __init__(
        self, register: str, contract: RestContract, connection: Connection, wire: Wire, tables: Mapping[str, str]
    ) -> None:
        self._register = register
        self._service = RestService(register, contract, connection, wire, xroad=OpenDoor())
        self.tables: Mapping[str, str] = {**tables, **connection.resources}

    async def rows(
        self,
        table: str,
        columns: Sequence[str],
        key: str,
        values: Sequence[str],
        context: CallContext,
        make: Callable[[Sequence[Any]], T],
    ) -> T:
        """What is made of all rows of a table whose column ``key`` has one of these values, with these columns.

        Args:
            make: as for ``RestService.made``.

        Raises:
            Malformed: rows of another table, or not all that there are.
            RegisterError: no answer that can be used.
        """
        resource = self.tables[table]
        body = {"resource_id": resource, "filters": {key: list(values)}, "fields": list(columns), "limit": _ROWS}

        def made(answer: Answered) -> T:
            with reading(self._register, "an answer that is not what the contract says"):
                result = answer.body["result"]
                if result["resource_id"] != resource:
                    raise Malformed(self._register, "rows of another table")
                if result.get("total", len(result["records"])) != len(result["records"]):
                    raise Malformed(self._register, "not all rows that there are")
                rows: Sequence[Any] = result["records"]
            return make(rows)

        return await self._service.made("datastore_search", context, made, body=body)

    async def select(self, sql: str, context: CallContext, make: Callable[[Sequence[Any]], T]) -> T:
        """What is made of all rows of one SELECT statement, in which a table's name is its resource's id.

        Args:
            make: as for ``RestService.made``.
            sql: made of nothing that somebody wrote: of names, ids and codes whose form was checked.

        Raises:
            Malformed: not all rows that there are.
            RegisterError: no answer that can be used.
        """

        def made(answer: Answered) -> T:
            with reading(self._register, "an answer that is not what the contract says"):
                result = answer.body["result"]
                if result.get("records_truncated"):
                    raise Malformed(self._register, "not all rows that there are")
                rows: Sequence[Any] = result["records"]
            return make(rows)

        return await self._service.made("datastore_search_sql", context, made, body={"sql": sql})
