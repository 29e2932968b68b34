"""Calls of DAGR's copy of the employment agency: the status of many people in one, and what we may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.dagr import REFUSALS, Dagr, TechnicalUser, Told, refusal_of, tell_age, to_told
from adapters.kit.errors import RegisterError, reading
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import Answered, RestService
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire
from schema.records.employment import EmploymentRecord
from schema.terms import PersonCode

from .mapping import PEOPLE

NAME, SERVICE = "employment_dagr", "nva_person_status"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class EmploymentCopy:
    """Reads who is registered as unemployed, as DAGR has it."""

    def __init__(self, service: RestService, about_us: RestService, clock: Clock) -> None:
        self._service = service
        self._about_us = about_us
        self._clock = clock

    async def read(
        self, record_type: type[Any], subjects: Sequence[PersonCode], context: CallContext
    ) -> Mapping[PersonCode, EmploymentRecord | RegisterError]:
        """See ``Reads.read``. Who never registered with the agency is not in the answer."""
        asked = {subject.digits: subject for subject in subjects}
        body = {"keys": [{"PersonCode": code} for code in asked]}

        def people(answer: Answered) -> dict[PersonCode, EmploymentRecord | RegisterError]:
            if answer.status in REFUSALS:
                raise refusal_of(NAME, answer.status, answer.body, self._clock.now())
            tell_age(NAME, answer.body, SERVICE, context, self._clock.now())
            return collect(NAME, asked, answer.body, PEOPLE, context.wanted)

        return await self._service.made(f"{SERVICE}_by_key", context, people, body=body, read=REFUSALS)

    async def permissions(self, context: CallContext) -> Sequence[Told]:
        """See ``ListsPermissions.permissions``."""
        answer = await self._about_us.call("current_user_permissions", context)
        with reading(NAME, "permissions that are not what the contract says"):
            return [to_told(each) for each in answer.body]


def connect(connection: Connection, wire: Wire, clock: Clock) -> EmploymentCopy:
    """The adapter at one address."""
    user = TechnicalUser(connection.token)
    service = RestService(NAME, CONTRACT, connection, wire, xroad=Dagr(NAME, connection.permits, user))
    return EmploymentCopy(service, RestService(NAME, CONTRACT, connection, wire, xroad=user), clock)
