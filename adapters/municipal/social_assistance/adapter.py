"""Calls of the municipalities' social services: many people in one, each municipality at its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.delivery import RestDelivery
from adapters.kit.errors import RegisterError, Rejected
from adapters.kit.municipal import client_of, place_of, server_of
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.wire import Wire
from adapters.kit.xroad import XRoad
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, Resident

from .mapping import CODE_BY_CLAIM_TYPE, people_of, to_submission

NAME = "social_assistance"
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class MunicipalSocialAssistance:
    """Reads benefits and social statuses; receives claims to the social service."""

    partition = staticmethod(place_of)
    """See ``Partitioned.partition``."""

    def __init__(self, service: RestService, connection: Connection) -> None:
        self._service = service
        self._connection = connection
        self._delivery = RestDelivery(
            NAME,
            service,
            send="iesniegtIesniegumu",
            look_up="atrastIesniegumu",
            query_name="sutijumaId",
            list_name="iesniegumi",
            reference_name="lietasNumurs",
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[Resident], context: CallContext
    ) -> Mapping[Resident, SocialAssistance | RegisterError]:
        """See ``Reads.read``: all of one municipality. Whom it does not know is not in the answer."""
        municipality = subjects[0].municipality
        asked = {subject.person.digits: subject for subject in subjects}
        base, body = self._connection.of_municipality(municipality.digits), {"personasKodi": list(asked)}
        return await self._service.records(
            "mekletPersonas", context, people_of(municipality), asked, base=base, body=body
        )

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. Claims are of natural persons, to one municipality."""
        applicant = client_of(NAME, claim, CODE_BY_CLAIM_TYPE)
        base = self._base(claim.municipality)
        return await self._delivery.deliver(to_submission(claim, applicant), message_id, context, base)

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        base = self._base(claim.municipality)
        return await self._delivery.follow(kind, reference, claim, message_id, context, base)

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``. One municipality at a time."""
        if place is None:
            raise Rejected(NAME, "no municipality is asked for")
        return await self._delivery.changes(since, context, self._base(place))

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``. A claim to no municipality was never sent."""
        if claim.municipality is None:
            return None
        return await self._delivery.find(message_id, context, self._base(claim.municipality))

    def _base(self, place: AtvkCode | None) -> str:
        return server_of(NAME, self._connection, place)


def connect(connection: Connection, wire: Wire, clock: Clock) -> MunicipalSocialAssistance:
    """The adapter with the addresses of every municipality."""
    xroad = connection.xroad or XRoad.development(NAME)
    return MunicipalSocialAssistance(RestService(NAME, CONTRACT, connection, wire, xroad=xroad), connection)
