"""Calls of the enterprise register: entities, officers and persons' roles in batches, and who may represent whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.api_manager import ApiManager
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.errors import reading
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Notices
from adapters.kit.wire import Wire
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord

from .mapping import ENTITIES, OFFICERS, ROLES, to_notices

NAME = "enterprises"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")
_READS: Mapping[type[Any], tuple[str, str, Any]] = {
    LegalEntityRecord: ("mekletSubjektus", "registracijasNumuri", ENTITIES),
    EntityOfficers: ("mekletAmatpersonas", "registracijasNumuri", OFFICERS),
    EnterpriseRoles: ("mekletLomas", "personasKodi", ROLES),
}


class Enterprises:
    """Reads entities and officers by registration number, roles by personal code; tells who may represent whom."""

    def __init__(self, service: RestService) -> None:
        self._service = service

    async def read(self, record_type: type[Any], subjects: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See ``Reads.read``. A person without a role is not in the answer."""
        operation, keys, items = _READS[record_type]
        asked = {subject.digits: subject for subject in subjects}
        return await self._service.records(operation, context, items, asked, body={keys: list(asked)})

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """See ``Announces.notices``."""
        query = {} if since is None else {"kops": since}
        told = await self._service.call("parstavibasIzmainas", context, query=query)
        with reading(NAME, "parstavibasIzmainas"):
            return to_notices(told.body)


def connect(connection: Connection, wire: Wire, clock: Clock) -> Enterprises:
    """The adapter at one address, behind the API manager."""
    return Enterprises(RestService(NAME, CONTRACT, connection, wire, xroad=ApiManager(connection.exchange_number)))
