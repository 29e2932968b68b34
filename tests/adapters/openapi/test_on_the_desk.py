"""The kit's service and the sandbox's desk, which read the same contract each in its own way, over the wire."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import Answered
from adapters.kit.wire import WireReply, WireRequest
from adapters.sandbox.descriptions.documents import DescriptionError
from adapters.sandbox.descriptions.examples import example
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Description
from adapters.sandbox.descriptions.simulated import simulated_desk
from adapters.sandbox.exchange import Asked, Call, Kind, Twist
from tests.adapters.openapi.on_the_desk import NAME, OnTheDesk
from tests.adapters.openapi.round_trip import contract_files, some_call

CONTRACTS = Path(__file__).parent / "contracts"
ADAPTERS = Path(__file__).parents[3] / "adapters"
LEAST = {"code": "0012", "sum": 1, "kind": "A"}
WHERE: dict[str, Any] = {"path": {"id": "0012", "tags": ["a"]}}


class Saying:
    """A wire whose register always says the same."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._reply = WireReply(status, headers or {}, body)

    async def request(self, request: WireRequest) -> WireReply:
        return self._reply


def _set(there: OnTheDesk, **rule: Any) -> None:
    reply = there.control.handle("POST", json.dumps({"register": NAME, **rule}).encode())
    assert reply.status == 200


@pytest.mark.parametrize("path", contract_files(), ids=lambda path: path.parent.name)
async def test_every_operation_of_a_real_contract_is_called_and_answers_the_same_twice(path: Path) -> None:
    there, description = OnTheDesk(path), Description(path)
    for operation in there.contract.operations.values():
        call = some_call(operation, description.operations[operation.name], description.requests)
        first = await there.service.call(operation.name, there.context(), **call)
        again = await there.service.call(operation.name, there.context(), **call)
        assert first == again
        assert there.wire.replies[-1].status < 300
    calls = json.loads(there.control.handle("GET", b"").body)["registers"][NAME]["calls"]
    assert calls == dict.fromkeys(there.contract.operations, 2)


async def test_what_was_asked_comes_back_and_other_questions_have_other_answers() -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml")
    codes = []
    for code in ("0012", "0034", "0012"):
        answer = await there.service.call("everything", there.context(), body={**LEAST, "code": code}, **WHERE)
        codes.append(answer.body["code"])
        assert isinstance(answer.headers["X-Total"], int)
    assert codes == ["0012", "0034", "0012"]
    state = json.loads(there.control.handle("GET", b"").body)
    assert state["registers"][NAME]["calls"]["everything"] == 3


async def test_a_request_that_breaks_the_contract_is_not_sent() -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml")
    wrong: list[dict[str, Any]] = [
        {"body": LEAST},
        {"body": {**LEAST, "sum": "1"}, **WHERE},
        {"body": LEAST, "query": {"unknown": "a"}, **WHERE},
        {"body": LEAST, "query": {"deep": {"code": "1"}}, **WHERE},
        {"body": None, **WHERE},
        {"body": LEAST, "headers": {"X-List": "a"}, **WHERE},
        {"body": LEAST, "headers": {"X-Any": "a\r\nb: c"}, **WHERE},
    ]
    for call in wrong:
        with pytest.raises(Rejected) as caught:
            await there.service.call("everything", there.context(), **call)
        assert caught.value.__context__ is None
    assert there.wire.requests == []


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "status"),
    [
        ("POST", "/people/0012/;tags=a", "", {}, b'{"code": "0012", "sum": 1, "kind": "A"}', 200),
        ("POST", "/people/0012/;tags=a", "", {}, b'{"code": "0012", "kind": "A"}', 400),
        ("POST", "/people/0012/;tags=a", "", {}, b"{", 400),
        ("POST", "/people/0012/;tags=a", "", {"content-type": "text/xml"}, b"<a/>", 415),
        ("POST", "/people/0012345678901/;tags=a", "", {}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("POST", "/people/0012/tags", "", {}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("POST", "/people/0012/;tags=a", "spaced=1%20x", {}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("POST", "/people/0012/;tags=a", "deep%5Bcode%5D=1", {}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("POST", "/people/0012/;tags=a", "", {"x-list": "1,a"}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("POST", "/people/0012/;tags=a", "", {"cookie": "session=A"}, b'{"code": "0012", "sum": 1, "kind": "A"}', 400),
        ("GET", "/people/0012/;tags=a", "", {}, b"", 405),
        ("GET", "/nowhere", "", {}, b"", 404),
        ("GET", "/", "", {}, b"", 200),
        ("POST", "/forms", "", {"content-type": "application/x-www-form-urlencoded"}, b"name=a&many=b&many=c", 204),
        ("POST", "/forms", "", {"content-type": "application/x-www-form-urlencoded"}, b"count=1", 400),
    ],
)
def test_the_desk_checks_what_comes_in(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    desk = simulated_desk(NAME, CONTRACTS / "every.yaml")
    call = Call(method, path, {}, {"content-type": "application/json", **headers}, body, path, query)
    published = desk.publish(call)
    opened = published or desk.open(call)
    reply = desk.answer(opened, Twist.NONE) if isinstance(opened, Asked) else opened
    assert reply.status == status
    if status == 400 and "people" in path:
        assert reply.media_type == "application/problem+json"
        assert reply.headers["X-Sandbox-Reason"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reject", Rejected),
        ("missing_field", Malformed),
        ("garbage", Malformed),
        ("empty", Malformed),
        ("truncated", Malformed),
        ("http_200_html", Malformed),
        ("http_500_html", Unavailable),
        ("soap_fault_500", Unavailable),
        ("entity_bomb", Malformed),
        ("redirect", Malformed),
    ],
)
async def test_a_fault_on_demand_becomes_the_right_error(fault: str, error: type[RegisterError]) -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml", kinds={"everything": Kind.DELIVER})
    _set(there, operation="everything", fault=fault)
    with pytest.raises(error) as caught:
        await there.service.call("everything", there.context(), body=LEAST, **WHERE)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_a_wrong_person_and_a_second_one_can_be_had() -> None:
    there = OnTheDesk(CONTRACTS / "every-3.0.yaml")
    plain = await there.service.call("ask", there.context(), body={"codes": ["001"]})
    _set(there, fault="two_persons")
    two = await there.service.call("ask", there.context(), body={"codes": ["001"]})
    assert len(two.body["items"]) >= len(plain.body["items"])
    _set(there, fault=None)
    _set(there, fault="wrong_person")
    other = await there.service.call("ask", there.context(), body={"codes": ["001"]})
    assert other != plain


async def test_a_declared_failure_is_read_as_the_contract_says_where_it_is_asked_for() -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml", kinds={"everything": Kind.DELIVER})
    _set(there, fault="reject")
    answer = await there.service.call("everything", there.context(), body=LEAST, read=frozenset({422}), **WHERE)
    assert answer.status == 422
    assert isinstance(answer.body["title"], str)
    unread = await there.service.call("everything", there.context(), body=LEAST, expected=frozenset({422}), **WHERE)
    assert unread == Answered(422, None)


async def test_bodies_of_other_kinds_go_both_ways() -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml")
    assert (await there.service.call("formed", there.context(), body={"name": "a", "many": ["b"]})).body is None
    uploaded = await there.service.call("uploaded", there.context(), body={"file": b"\x00", "about": {"from": 1}})
    assert uploaded.body.isdigit()
    assert (await there.service.call("bytes", there.context())).body.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        ({}, b"{}", "missing"),
        ({"x-total": "many"}, b"{}", "header"),
        ({"x-total": "1"}, b'{"code": "secret"}', "required"),
        ({"x-total": "1"}, b"\xff", "no JSON"),
    ],
)
async def test_an_answer_that_breaks_the_contract_is_malformed(headers: dict[str, str], body: bytes, said: str) -> None:
    there = OnTheDesk(CONTRACTS / "every.yaml")
    there.service._wire = Saying(200, body, headers)
    with pytest.raises(Malformed, match=said) as caught:
        await there.service.call("everything", there.context(), body=LEAST, **WHERE)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "operation", "body"),
    [
        ("addresses", "mekletAdreses", lambda ask: {"kodi": ask}),
        ("revenue", "mekletGramatinas", lambda ask: {"personasKodi": ask}),
    ],
)
async def test_the_cases_of_an_adapter_s_folder_come_first(name: str, operation: str, body: Any) -> None:
    folder = ADAPTERS / "registers" / name
    there = OnTheDesk(folder / "contract" / "openapi.yaml", cases=folder / "cases", typed=False)
    served = 0
    for path in sorted((folder / "cases").glob("*.case.json")):
        case = json.loads(path.read_bytes())
        await there.service.call(operation, there.context(), body=body(case["ask"]))
        served += there.wire.replies[-1].body == (folder / "cases" / case["reply"]).read_bytes()
    assert served > 0
    await there.service.call(
        operation, there.context(), body=body(["100000001" if name == "addresses" else "39999999999"])
    )
    assert there.wire.replies[-1].body not in [path.read_bytes() for path in (folder / "cases").glob("*.json")]


def test_a_contract_that_cannot_be_served_says_why(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    for text in ("a: [", "a: 1", "openapi: 3.0.0\npaths: {}"):
        path.write_text(text)
        with pytest.raises(DescriptionError, match=r"openapi\.yaml"):
            simulated_desk(NAME, path)


async def test_values_of_a_plain_contract_stay_the_texts_that_they_are() -> None:
    typed, plain = OnTheDesk(CONTRACTS / "every-3.0.yaml"), OnTheDesk(CONTRACTS / "every-3.0.yaml", typed=False)
    body = b'{"items": [{"code": "001", "day": "2026-01-01"}]}'
    for there, day in ((typed, date(2026, 1, 1)), (plain, "2026-01-01")):
        there.service._wire = Saying(200, body)
        answer = await there.service.call("ask", there.context(), body={"codes": []})
        assert answer.body["items"][0]["day"] == day


def test_an_operation_that_is_left_out_says_why_when_it_is_needed() -> None:
    with pytest.raises(ValueError, match=r"\$ref to nothing .* at every-3\.0\.yaml:\d+"):
        load_openapi(CONTRACTS / "every-3.0.yaml", operations=["broken"])
    with pytest.raises(KeyError):
        load_openapi(CONTRACTS / "every-3.0.yaml", operations=["none"])


def test_instances_of_another_seed_are_valid_too() -> None:
    description = Description(CONTRACTS / "every-3.0.yaml")
    [content] = description.operations["ask"].answers["200"]
    judge = description.answers.validator(content.schema)
    assert all(
        judge.is_valid(made)
        for seed in range(20)
        for made in Instances(description.answers, seed).some(content.schema, 3)
    )


@pytest.mark.parametrize("operation", ["everything", "formed", "bytes"])
def test_an_example_of_an_operation_is_as_the_contract_says(operation: str) -> None:
    made = example(CONTRACTS / "every.yaml", operation)
    contract = load_openapi(CONTRACTS / "every.yaml", typed=True).operations[operation]
    if made.content:
        assert contract.responses[made.status].decode(made.content)
        assert made.answer.keys() >= {"code", "day", "tree"}
    if contract.request is not None:
        contract.request.check(made.body)
    assert made == example(CONTRACTS / "every.yaml", operation)
    with pytest.raises(DescriptionError, match="no operation"):
        example(CONTRACTS / "every.yaml", "none")
