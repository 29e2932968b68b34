"""What every adapter that receives claims has to hold, as tests to inherit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.contract_test import CANARY, a_clock, a_context, assert_says_nothing
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.ports import OutgoingClaim, Receipt
from adapters.kit.wire import Wire, WireReply, WireRequest
from schema.terms import AtvkCode, ClaimTypeCode, PersonCode, RegistrationNumber

_ANSWERS = {"tenure": "RENT", "monthlyCosts": "310.50", "note": '{env.HOME} "</a><b>" ]]> āžš 007'}


@dataclass
class Owner:
    """An owner's system: takes a message once, under its key, and can be asked for it."""

    list_name: str
    reference_name: str
    cases: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    requests: list[WireRequest] = field(default_factory=list)
    answers_differ: bool = False
    """Every repeated key answers 409, as strict owners do."""

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        if request.method == "GET":
            [(_, [message_id])] = parse_qs(urlsplit(request.url).query).items()
            known = self.cases.get(message_id)
            items = [{self.reference_name: known[0], "sutijumaId": message_id}] if known else []
            return _reply(200, {self.list_name: items})
        key, body = request.headers["Idempotency-Key"], request.body or b""
        if key in self.cases:
            reference, first = self.cases[key]
            differs = self.answers_differ or first != body
            return _reply(409, {"kods": "ATKARTOTS", "zinojums": CANARY}) if differs else self._receipt(200, reference)
        self.cases[key] = (f"CASE-{len(self.cases) + 1}", body)
        return self._receipt(201, self.cases[key][0])

    def _receipt(self, status: int, reference: str) -> WireReply:
        return _reply(status, {self.reference_name: reference})


@dataclass
class Breaking:
    """Lets the request through to the owner or not, and then breaks."""

    owner: Owner
    arrives: bool
    reply: WireReply | RegisterError

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        if self.arrives:
            await self.owner.request(request)
        if isinstance(self.reply, RegisterError):
            raise self.reply
        return self.reply


class ReceiverContract:
    """Inherit, and say the folder, a claim type, and how the owner answers."""

    folder: ClassVar[Path]
    claim_type: ClassVar[str]
    list_name: ClassVar[str]
    reference_name: ClassVar[str]

    async def test_a_delivered_claim_has_the_owners_reference(self) -> None:
        """And every text of the answers arrives as it was typed."""
        owner = self._owner()
        receipt = await self._register(owner).deliver(self._claim(), "message-1", a_context())
        assert receipt == Receipt("CASE-1")
        sent = json.loads(owner.requests[0].body or b"")
        assert _ANSWERS in sent.values()
        assert not [request.url for request in owner.requests if "39100000011" in request.url]

    async def test_the_same_message_twice_is_one_case_and_the_same_receipt(self) -> None:
        """Whatever made us send it again."""
        owner = self._owner()
        register = self._register(owner)
        first = await register.deliver(self._claim(), "message-1", a_context())
        assert await register.deliver(self._claim(), "message-1", a_context()) == first
        assert len(owner.cases) == 1

    async def test_an_owner_that_refuses_a_duplicate_is_asked_for_its_receipt(self) -> None:
        """Refusing a duplicate is success, after a look-up."""
        owner = self._owner()
        register = self._register(owner)
        first = await register.deliver(self._claim(), "message-1", a_context())
        owner.answers_differ = True
        assert await register.deliver(self._claim(), "message-1", a_context()) == first

    async def test_a_message_is_found_by_its_id_or_certainly_not_there(self) -> None:
        """None is no error."""
        register = self._register(self._owner())
        assert await register.find("message-1", self._claim(), a_context()) is None
        receipt = await register.deliver(self._claim(), "message-1", a_context())
        assert await register.find("message-1", self._claim(), a_context()) == receipt

    @pytest.mark.parametrize("arrives", [True, False])
    async def test_a_delivery_that_breaks_is_in_doubt_and_never_sent_again_here(self, arrives: bool) -> None:
        """The answer is lost, so only the owner knows."""
        owner = self._owner()
        lost = Unavailable(self.folder.name, "the connection broke")
        error = await self._fails(Breaking(owner, arrives, lost), Unavailable)
        assert isinstance(error, Unavailable)
        assert error.sent
        assert len(owner.requests) == int(arrives)
        found = await self._register(owner).find("message-1", self._claim(), a_context())
        assert found == (Receipt("CASE-1") if arrives else None)

    async def test_a_delivery_without_connection_was_not_sent(self) -> None:
        """The one case without doubt."""
        refused = Unavailable(self.folder.name, "no connection", sent=False)
        error = await self._fails(Breaking(self._owner(), False, refused), Unavailable)
        assert isinstance(error, Unavailable)
        assert not error.sent

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (WireReply(500, {}, CANARY.encode()), Unavailable),
            (WireReply(503, {"retry-after": "5"}, CANARY.encode()), Unavailable),
            (WireReply(422, {}, CANARY.encode()), Rejected),
            (WireReply(400, {}, CANARY.encode()), Rejected),
            (WireReply(403, {}, CANARY.encode()), Rejected),
            (WireReply(201, {}, b"{}"), Malformed),
            (WireReply(200, {}, f"<html>{CANARY}</html>".encode()), Malformed),
            (WireReply(307, {"location": f"http://example.org/{CANARY}"}, b""), Malformed),
        ],
        ids=lambda value: f"status {value.status}" if isinstance(value, WireReply) else "",
    )
    async def test_an_answer_that_is_no_receipt_is_the_right_error(
        self, reply: WireReply, kind: type[RegisterError]
    ) -> None:
        """Named by what happens next."""
        await self._fails(Breaking(self._owner(), True, reply), kind)

    async def test_a_receipt_of_another_message_is_malformed(self) -> None:
        """A case number of somebody else's claim must not become ours."""
        wire = Breaking(self._owner(), False, _reply(200, {self.list_name: [self._item("message-2")]}))
        with pytest.raises(Malformed) as caught:
            await self._register(wire).find("message-1", self._claim(), a_context())
        assert_says_nothing(caught.value, frozenset({"CASE-9"}))

    async def test_a_legal_entitys_claim_is_rejected_before_it_is_sent(self) -> None:
        """These owners know natural persons only."""
        owner = self._owner()
        with pytest.raises(Rejected):
            await self._register(owner).deliver(
                self._claim(RegistrationNumber("40103000102")), "message-1", a_context()
            )
        assert not owner.requests

    def _item(self, message_id: str) -> dict[str, Any]:
        return {self.reference_name: "CASE-9", "sutijumaId": message_id}

    def _owner(self) -> Owner:
        return Owner(self.list_name, self.reference_name)

    def _claim(self, applicant: PersonCode | RegistrationNumber | None = None) -> OutgoingClaim:
        return OutgoingClaim(
            claim_id="demo-1",
            claim_type=ClaimTypeCode(self.claim_type),
            municipality=AtvkCode("0054000"),
            applicant=applicant or PersonCode("39100000011"),
            answers=_ANSWERS,
            submitted_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        )

    def _register(self, wire: Wire) -> ConnectedRegister:
        catalog = discover()
        found = catalog if self.folder.name in catalog.installed else discover(self.folder.parent)
        return found.connect(self.folder.name, Connection(url="http://127.0.0.1:9/owner"), wire, a_clock())

    async def _fails(self, wire: Wire, kind: type[RegisterError]) -> RegisterError:
        with pytest.raises(kind) as caught:
            await self._register(wire).deliver(self._claim(), "message-1", a_context())
        assert_says_nothing(caught.value, frozenset(_ANSWERS.values()))
        return caught.value


def _reply(status: int, body: Any) -> WireReply:
    return WireReply(status, {"content-type": "application/json"}, json.dumps(body).encode())
