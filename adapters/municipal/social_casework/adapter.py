"""Calls of the casework systems: people of one municipality in batches, each municipality at its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.kit.api_manager import ApiManager
from adapters.kit.case_changes import ChangeNames, change_of
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.delivery import RestDelivery
from adapters.kit.errors import RegisterError, Rejected, reading
from adapters.kit.municipal import client_of, place_of, server_of
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext, Changes, OutgoingClaim, Receipt
from adapters.kit.wire import Wire
from adapters.kit.wire_values import moment_of
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, Resident

from .mapping import (
    CODE_BY_CLAIM_TYPE,
    STATUS_BY_STEP,
    cards_of,
    to_addition,
    to_application,
    to_withdrawal,
)

NAME = "social_casework"
KEY = "X-Sutijuma-Nr"
"""The header that a message's id stands in."""
_EVENT = ChangeNames("kartasNr", "lieta", "solis", "kad", "teksts")
CONTRACT = load_openapi(Path(__file__).parent / "contract" / "openapi.yaml")


class SocialCasework:
    """Reads benefits and social statuses; receives claims to the social service."""

    partition = staticmethod(place_of)
    """See ``Partitioned.partition``."""

    def __init__(self, service: RestService, connection: Connection) -> None:
        self._service = service
        self._connection = connection
        self._delivery = RestDelivery(
            NAME,
            service,
            send="registretPieteikumu",
            look_up="mekletSutijumu",
            query_name="sutijumaNr",
            list_name="sutijumi",
            reference_name="lieta",
            message_id_name="nr",
            key=KEY,
        )

    async def read(
        self, record_type: type[Any], subjects: Sequence[Resident], context: CallContext
    ) -> Mapping[Resident, SocialAssistance | RegisterError]:
        """See ``Reads.read``. All are of one municipality."""
        municipality = subjects[0].municipality
        asked = {subject.person.digits: subject for subject in subjects}
        base, body = self._connection.of_municipality(municipality.digits), {"pk": list(asked)}
        return await self._service.records(
            "klientuKartes", context, cards_of(municipality), asked, base=base, body=body
        )

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """See ``Receives.deliver``. Claims are of natural persons, to one municipality."""
        applicant = client_of(NAME, claim, CODE_BY_CLAIM_TYPE)
        base = self._base(claim.municipality)
        return await self._delivery.deliver(to_application(claim, applicant), message_id, context, base)

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """See ``Follows.follow``."""
        base = self._base(claim.municipality)
        if kind == "WITHDRAWAL":
            body = to_withdrawal(claim, reference)
            return await self._delivery.hand_over("registretAtsaukumu", body, message_id, context, base)
        if reference is None:
            raise Rejected(NAME, "answers cannot be added to a case whose number is not known")
        body = to_addition(claim, reference)
        return await self._delivery.hand_over("pievienotPielikumu", body, message_id, context, base)

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``ReportsChanges.changes``. One municipality at a time."""
        query = {} if since is None else {"pec": since}
        answer = await self._service.call("lietuNotikumi", context, base=self._base(place), query=query)
        with reading(NAME, "Notikumi is not what the contract says"):
            told = [change_of(item, _EVENT, STATUS_BY_STEP, moment_of, moment_of) for item in answer.body["notikumi"]]
            return Changes(told, answer.body["talak"], answer.body["irVel"])

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """See ``Receives.find``. A claim to no municipality was never sent."""
        if claim.municipality is None:
            return None
        return await self._delivery.find(message_id, context, self._base(claim.municipality))

    def _base(self, place: AtvkCode | None) -> str:
        return server_of(NAME, self._connection, place)


def connect(connection: Connection, wire: Wire, clock: Clock) -> SocialCasework:
    """The adapter with the addresses of its municipalities, behind the API manager."""
    service = RestService(NAME, CONTRACT, connection, wire, xroad=ApiManager(connection.exchange_number))
    return SocialCasework(service, connection)
