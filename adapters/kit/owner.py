"""An owner's system as tests meet it: takes a message once, under its key, and can be asked for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapters.kit.damage import leaves
from adapters.kit.delivery import KEY
from adapters.kit.errors import RegisterError
from adapters.kit.leaks import CANARY
from adapters.kit.wire import WireReply, WireRequest


@dataclass
class Owner:
    """One that speaks REST and finds a message's id in a header, or else in the body.

    An owner that speaks otherwise is a class with the same attributes and ``request``; a contract test names it by
    overriding ``ReceiverContract.owner``.
    """

    list_name: str
    reference_name: str
    message_id_name: str = "sutijumaId"
    key: str = KEY
    """The header that has a message's id."""
    cases: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By message id: the case's number, and the message."""
    requests: list[WireRequest] = field(default_factory=list)
    answers_differ: bool = False
    """Every repeated key answers 409, as strict owners do."""

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        if request.method == "GET":
            [(_, [message_id])] = parse_qs(urlsplit(request.url).query).items()
            known = self.cases.get(message_id)
            items = [{self.reference_name: known[0], self.message_id_name: message_id}] if known else []
            return replying(200, {self.list_name: items})
        body = request.body or b""
        key = request.headers.get(self.key) or json.loads(body)[self.message_id_name]
        if key in self.cases:
            reference, first = self.cases[key]
            differs = self.answers_differ or first != body
            return (
                replying(409, {"kods": "ATKARTOTS", "zinojums": CANARY}) if differs else self._receipt(200, reference)
            )
        self.cases[key] = (f"CASE-{len(self.cases) + 1}", body)
        return self._receipt(201, self.cases[key][0])

    def found(self, *message_ids: str) -> bytes:
        """The body of a look-up's answer that has these messages."""
        items = [{self.reference_name: "CASE-9", self.message_id_name: each} for each in message_ids]
        return replying(200, {self.list_name: items}).body

    def texts_of(self, body: bytes) -> list[str]:
        """Every text of a message."""
        return leaves(body)

    def says_not_there(self, body: bytes) -> bool:
        """Whether the body of a look-up's answer says in so many words that the message is not there."""
        try:
            return bool(json.loads(body) == {self.list_name: []})
        except ValueError:
            return False

    def _receipt(self, status: int, reference: str) -> WireReply:
        return replying(status, {self.reference_name: reference})


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


def replying(status: int, body: Any) -> WireReply:
    """An answer of JSON."""
    return WireReply(status, {"content-type": "application/json"}, json.dumps(body).encode())
