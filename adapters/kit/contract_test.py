"""What every adapter has to hold, as tests to inherit: recorded replies and what can go wrong on the wire.

A folder's ``test_adapter.py`` has a class that inherits :class:`AdapterContract`, names its folder, and says how a
subject is written; where the adapter receives claims, another inherits ``ReceiverContract``. The cases are
``cases/*.case.json``::

    {"what": "...", "record_type": "NaturalPerson", "ask": ["39100000011"], "reply": "anna.xml",
     "records": {"39100000011": {...}}}

A subject in ``ask`` that is not in ``records`` is one that the register does not know. The reply is the verbatim body
of a 200 answer about invented people; ``{{message-id}}`` in it stands for the id of the request.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from adapters.kit.catalog import Catalog, discover
from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.damage import damaged, texts
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire, WireReply, WireRequest
from schema.terms import PartialDate, Resident

CANARY = "CANARY-39199999999"
_URL = "http://127.0.0.1:9/register"
_NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_HTML = f"<!DOCTYPE html><html><body>{CANARY}</body></html>".encode()
_BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "{CANARY}"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<a>&c;</a>"
).encode()

FAILURES: Mapping[str, tuple[WireReply, type[RegisterError]]] = {
    "status 500 with HTML": (WireReply(500, {"content-type": "text/html"}, _HTML), Unavailable),
    "status 502": (WireReply(502, {}, b""), Unavailable),
    "status 503": (WireReply(503, {"retry-after": "30"}, CANARY.encode()), Unavailable),
    "status 429": (WireReply(429, {"retry-after": "30"}, CANARY.encode()), Unavailable),
    "status 200 with HTML": (WireReply(200, {"content-type": "text/html"}, _HTML), Malformed),
    "status 200, empty": (WireReply(200, {}, b""), Malformed),
    "status 204": (WireReply(204, {}, b""), Malformed),
    "garbage": (WireReply(200, {}, b"\x00\xff\xfe" + CANARY.encode()), Malformed),
    "entity bomb": (WireReply(200, {"content-type": "text/xml"}, _BOMB), Malformed),
    "redirect to another host": (WireReply(302, {"location": f"http://example.org/{CANARY}"}, b""), Malformed),
    "redirect with the body": (WireReply(307, {"location": f"file:///{CANARY}"}, b""), Malformed),
    "status 401": (WireReply(401, {}, b""), Rejected),
    "status 403": (WireReply(403, {}, CANARY.encode()), Rejected),
    "status 400": (WireReply(400, {}, CANARY.encode()), Rejected),
    "status 404": (WireReply(404, {}, _HTML), Rejected),
}


@dataclass
class RecordedWire:
    """Answers every request with one reply and remembers the requests."""

    reply: WireReply | RegisterError | None
    """None: never answers."""
    requests: list[WireRequest]

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        if self.reply is None:
            await asyncio.sleep(3600)
        if isinstance(self.reply, RegisterError):
            raise self.reply
        assert self.reply is not None
        body = self.reply.body.replace(b"{{message-id}}", _message_id(request))
        return WireReply(self.reply.status, self.reply.headers, body)


def answering(status: int, body: bytes) -> RecordedWire:
    """A wire with one reply."""
    return RecordedWire(WireReply(status, {}, body), [])


def a_context(seconds: float = 10.0) -> CallContext:
    """A call that may last so long."""
    return CallContext(
        request_id="request-1",
        issue="demo-1",
        user="officer-1",
        purpose="housing-benefit",
        represented_party=None,
        deadline=time.monotonic() + seconds,
    )


def a_clock() -> Clock:
    """A wall clock that stands still, and the real monotonic one."""
    return Clock(now=lambda: _NOW, monotonic=time.monotonic)


def shown(value: Any) -> Any:
    """A record as plain JSON values, to compare with a case's ``records``."""
    match value:
        case msgspec.Struct():
            return {name: shown(getattr(value, name)) for name in value.__struct_fields__}
        case PartialDate():
            return value.isoformat()
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return [shown(item) for item in value]
        case None | bool() | int() | str():
            return value
    return value.digits


def assert_says_nothing(error: BaseException, values: frozenset[str]) -> None:
    """No value of a reply is in the error, nor in what hangs on it."""
    assert error.__cause__ is None
    assert error.__context__ is None
    said = f"{error!s} {error!r} {error.args!r} {vars(error)!r}"
    assert CANARY not in said
    assert not [value for value in values if value in said]


@dataclass(frozen=True)
class Case:
    """One file of ``cases/``."""

    name: str
    what: str
    record_type: str
    ask: tuple[str, ...]
    body: bytes
    records: Mapping[str, Any]


def cases_of(folder: Path) -> list[Case]:
    """Every case of an adapter's folder."""
    return [_case(path) for path in sorted((folder / "cases").glob("*.case.json"))]


class AdapterContract:
    """Inherit, and say the folder and how its subjects are written."""

    folder: ClassVar[Path]
    knows_absent: ClassVar[bool] = True
    """False for a register that answers about everybody, e.g. "not valid"."""

    def subject(self, text: str) -> Any:
        """The key that ``ask`` has as text."""
        raise AssertionError("say how a subject is written")

    def some_subject(self, number: int) -> Any:
        """A different key for each number."""
        raise AssertionError("say how a subject is written")

    def digits(self, subject: Any) -> str:
        """How a subject stands in a request's body."""
        return str(subject.person.digits if isinstance(subject, Resident) else subject.digits)

    # ------------------------------------------------------------ the tests

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each case, and for each failure."""
        if "case" in metafunc.fixturenames:
            cases = cases_of(self.folder)
            metafunc.parametrize("case", cases, ids=[case.name for case in cases])
        if "failure" in metafunc.fixturenames:
            metafunc.parametrize("failure", list(FAILURES))

    async def test_a_recorded_reply_gives_exactly_its_records(self, case: Case) -> None:
        """Every subject asked for: its record, or none."""
        wire = answering(200, case.body)
        found = await self._read(wire, case)
        assert {self._text(case, key): shown(value) for key, value in found.items()} == case.records
        assert len(wire.requests) == 1

    async def test_no_person_is_named_in_an_address(self, case: Case) -> None:
        """Addresses stand in logs on the way."""
        wire = answering(200, case.body)
        await self._read(wire, case)
        for request in wire.requests:
            assert not [text for text in case.ask if self.digits(self.subject(text)) in request.url]
            assert CANARY not in repr(request)

    def test_every_record_type_has_a_case_with_somebody_the_register_does_not_know(self) -> None:
        """Absent is an answer of its own."""
        cases = cases_of(self.folder)
        for name in self._catalog().installed[self.folder.name].manifest.reads:
            of_type = [case for case in cases if case.record_type == name]
            assert any(case.records for case in of_type)
            assert not self.knows_absent or any(set(case.ask) - set(case.records) for case in of_type)

    async def test_a_failure_becomes_the_right_error_and_says_nothing(self, failure: str) -> None:
        """Named by what happens next."""
        reply, kind = FAILURES[failure]
        case = cases_of(self.folder)[0]
        await self._assert_fails(RecordedWire(reply, []), case, kind)

    async def test_no_connection_is_unavailable_and_not_sent(self) -> None:
        """Nothing arrived, so nothing is in doubt."""
        wire = RecordedWire(Unavailable(self.folder.name, "no connection", sent=False), [])
        errors = await self._assert_fails(wire, cases_of(self.folder)[0], Unavailable)
        assert all(isinstance(error, Unavailable) and not error.sent for error in errors)
        assert len(wire.requests) == 2, "a read is tried once more"

    async def test_no_answer_is_cut_at_the_deadline(self) -> None:
        """A register that hangs does not hang us."""
        started = time.monotonic()
        await self._assert_fails(RecordedWire(None, []), cases_of(self.folder)[0], Unavailable, seconds=0.1)
        assert time.monotonic() - started < 1

    async def test_a_truncated_reply_is_malformed(self, case: Case) -> None:
        """At any point, also where what is left could be read."""
        for share in (0.2, 0.5, 0.9):
            await self._assert_fails(answering(200, case.body[: int(len(case.body) * share)]), case, Malformed)

    async def test_somebody_elses_record_is_never_returned(self, case: Case) -> None:
        """The reply is about another subject than the one asked for."""
        body = case.body
        for text in case.records:
            digits = self.digits(self.subject(text))
            body = body.replace(digits.encode(), (digits[:-3] + "987").encode())
        if body != case.body:
            await self._assert_fails(answering(200, body), case, Malformed)

    async def test_a_damaged_reply_is_read_or_absent_or_an_error_of_ours(self, case: Case) -> None:
        """Each part removed, emptied, replaced, doubled: never another exception, never another subject."""
        values = texts(case.body)
        for body in damaged(case.body):
            found = await self._read(answering(200, body), case)
            assert set(found) <= {self.subject(text) for text in case.ask}
            for value in found.values():
                if isinstance(value, RegisterError):
                    assert_says_nothing(value, values)

    async def test_a_call_asks_for_at_most_a_batch(self) -> None:
        """More subjects are more calls, and one subject that stands twice is one."""
        for name, entry in self._catalog().installed[self.folder.name].manifest.reads.items():
            wire = answering(200, b"nothing")
            subjects = [self.some_subject(number) for number in range(entry.batch_size * 2 + 1)]
            await self._register(wire).read(self._record_type(name), subjects + subjects, a_context())
            asked = [[key for key in subjects if self.digits(key).encode() in (r.body or b"")] for r in wire.requests]
            assert all(1 <= len(some) <= entry.batch_size for some in asked)
            assert sorted(map(self.digits, subjects)) == sorted(self.digits(key) for some in asked for key in some)

    # ------------------------------------------------------------ how

    def _catalog(self) -> Catalog:
        found = discover()
        return found if self.folder.name in found.installed else discover(self.folder.parent)

    def _register(self, wire: Wire) -> ConnectedRegister:
        return self._catalog().connect(self.folder.name, Connection(url=_URL), wire, a_clock())

    def _record_type(self, name: str) -> type[Any]:
        return self._catalog().installed[self.folder.name].record_types[name]

    def _text(self, case: Case, key: Any) -> str:
        return next(text for text in case.ask if self.subject(text) == key)

    async def _read(self, wire: Wire, case: Case, seconds: float = 10.0) -> dict[Any, Any]:
        subjects = [self.subject(text) for text in case.ask]
        return await self._register(wire).read(self._record_type(case.record_type), subjects, a_context(seconds))

    async def _assert_fails(
        self, wire: Wire, case: Case, kind: type[RegisterError], seconds: float = 10.0
    ) -> list[RegisterError]:
        found = await self._read(wire, case, seconds)
        assert set(found) == {self.subject(text) for text in case.ask}
        for error in found.values():
            assert type(error) is kind, error
            assert_says_nothing(error, texts(case.body))
        return list(found.values())


def _case(path: Path) -> Case:
    data = json.loads(path.read_text("utf-8"))
    return Case(
        name=path.name.removesuffix(".case.json"),
        what=data["what"],
        record_type=data["record_type"],
        ask=tuple(data["ask"]),
        body=(path.parent / data["reply"]).read_bytes(),
        records=data["records"],
    )


def _message_id(request: WireRequest) -> bytes:
    match = re.search(rb"<xro:id[^>]*>([^<]*)<", request.body or b"")
    return match.group(1) if match else b""
