"""What POST /graphql takes, refuses and answers, over a real socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.edge.media import Media, negotiate
from tests.edge.conftest import World
from tests.held_up import held_up

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUERY = {"query": "{ viewer { capacity } }"}
GRAPHQL = "application/graphql-response+json"


async def test_a_good_request_is_executed_and_its_answer_is_never_stored(world: World) -> None:
    answer = await world.post(QUERY | {"variables": {"a": 1}, "operationName": "Q", "extensions": {"x": 1}})
    assert (answer.status, answer.body) == (200, b'{"data":{"ok":true}}')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers["x-request-id"]) == 32
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    (request,) = world.requests
    assert (request.query, request.variables, request.name) == (QUERY["query"], {"a": 1}, "Q")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Media.JSON),
        ("", Media.JSON),
        ("*/*", Media.JSON),
        ("application/*", Media.JSON),
        ("application/json", Media.JSON),
        (GRAPHQL, Media.GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", Media.GRAPHQL),
        (f"{GRAPHQL}, application/json", Media.GRAPHQL),
        (f"application/json, {GRAPHQL}", Media.JSON),
        (f"{GRAPHQL};q=0.5, application/json;q=0.6", Media.JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", Media.GRAPHQL),
        (f"{GRAPHQL}, */*", Media.GRAPHQL),
        (f"*/*, {GRAPHQL};q=0", Media.JSON),
        ("application/json;q=0, */*", Media.GRAPHQL),
        ("APPLICATION/JSON; charset=UTF-8", Media.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Media.JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("application/json;charset=latin1", None),
        (";;;,,,q=", None),
        ("a/b," * 999 + "application/json", Media.JSON),
        ("a/b," * 1_000 + "application/json", None),  # nobody reads on through thousands of commas
    ],
)
async def test_the_answers_media_type_is_the_one_that_the_caller_likes_best(
    accept: str | None, expected: Media | None
) -> None:
    assert negotiate(accept) is expected


async def test_a_caller_who_takes_neither_media_type_is_told_so(world: World) -> None:
    answer = await world.post(QUERY, accept="text/html")
    assert answer.status == 406
    assert world.requests == []


async def test_an_operation_that_was_not_executed_is_200_in_json_and_400_in_the_newer_type(world: World) -> None:
    assert (await world.post({"query": "invalid"})).status == 200
    answer = await world.post({"query": "invalid"}, accept=GRAPHQL)
    assert (answer.status, answer.headers["content-type"]) == (400, f"{GRAPHQL}; charset=utf-8")
    assert (await world.post(QUERY, accept=GRAPHQL)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b'"text"',
        b"[]",
        b'[{"query":"{ a }"},{"query":"{ b }"}]',
        b"{}",
        b'{"notquery":"{ a }"}',
        b'{"query":null}',
        b'{"query":7}',
        b'{"query":{"a":1}}',
        b'{"query":["{ a }"]}',
        b'{"query":"{ a }","variables":[]}',
        b'{"query":"{ a }","variables":"{}"}',
        b'{"query":"{ a }","variables":0}',
        b'{"query":"{ a }","operationName":7}',
        b'{"query":"{ a }","operationName":[]}',
        b'{"query":"{ a }","extensions":[]}',
        b'{"query":"{ a }","extensions":"x"}',
        b'{"query":"{ a }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
        b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
        b'{"query":"{ a }","query":"{ b }"}',
        b'{"query":"{ a }","variables":{"x":1,"x":2}}',
        b'{"query":"{ a }","variables":{"x":NaN}}',
        b'{"query":"{ a }","variables":{"x":-Infinity}}',
        b'{"query":"{ a }","variables":{"x":1e999}}',
        b'{"query":"{ a }","variables":{"x":' + b"9" * 5000 + b"}}",
        b'{"query":"{ a }","variables":{"x":"\\ud800"}}',
        b'{"query":"{ a }","variables":{"\\udfff":1}}',
        b'{"query":"{ a \xff }"}',
        b'{"query":"{ a \xed\xa0\x80 }"}',
        b'\xef\xbb\xbf{"query":"{ a }"}',
        '{"query":"{ a }"}'.encode("utf-16"),
        b'{"query":"{ a }","variables":{"x":' + b"[" * 64 + b"]" * 64 + b"}}",
        b'{"query":"{ a }","variables":' + b'{"x":' * 30000 + b"1" + b"}" * 30000 + b"}",
        b"[" * 200_000,
        b'{"query":"{ a }"} trailing',
        b"query={ a }",
        b"{'query':'{ a }'}",
        b'{"query":"{ a }",}',
        b'{"query":"\x00"}',
    ],
)
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_a_body_that_cannot_be_read_is_400_in_every_media_type(world: World, body: bytes, accept: str) -> None:
    answer = await world.post(body, accept=accept)
    assert answer.status == 400
    assert answer.code in ("INVALID", "VARIABLES")
    assert answer.headers["content-type"].startswith(accept)
    assert "data" not in answer.json()
    assert world.requests == []


async def test_a_long_body_waits_for_its_turn_to_be_read_and_a_short_one_does_not(world: World) -> None:
    async with held_up():
        long = asyncio.ensure_future(world.post({"query": "{ok}", "variables": {"text": "a" * 40_000}}))
        assert (await world.post({"query": "{ok}"})).status == 200
        assert len(world.requests) == 1
    assert (await long).status == 200
    assert world.requests[1].variables == {"text": "a" * 40_000}
    assert (await world.post(b'{"query": "{ok}", ' + b" " * 40_000)).status == 400


async def test_a_long_body_that_waits_for_its_turn_too_long_is_never_read(world: World) -> None:
    async with held_up():
        answer = await world.post({"query": "{ok}", "variables": {"text": "a" * 40_000}})
    assert (answer.status, answer.code) == (503, "DEADLINE_EXCEEDED")
    assert world.requests == []


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
async def test_null_stands_for_left_out(world: World, name: str) -> None:
    assert (await world.post(QUERY | {name: None})).status == 200


async def test_deep_but_lawful_variables_and_odd_names_arrive_as_they_are(world: World) -> None:
    variables: dict[str, Any] = {
        "__proto__": {"a": [[[1]]]},
        "cena": 0.1,
        "liels": 2**70,
        "teksts": "Bērziņa 🏃 \u0000",
    }
    assert (await world.post(QUERY | {"variables": variables})).status == 200
    assert world.requests[0].variables == variables


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/graphql-response+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "message/rfc822",
        "application/json-patch+json",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json; charset",
        "application/json, application/json",
        "application/json;charset=utf-8, text/plain",
        "json",
        ";",
    ],
)
async def test_only_json_in_utf_8_is_taken(world: World, content_type: str) -> None:
    assert (await world.post(QUERY, content_type=content_type)).status == 415
    assert world.requests == []


@pytest.mark.parametrize(
    "content_type", ["APPLICATION/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"; x=y;']
)
async def test_json_is_taken_however_it_is_spelt(world: World, content_type: str) -> None:
    assert (await world.post(QUERY, content_type=content_type)).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity", "x"])
async def test_a_compressed_body_is_refused_unread(world: World, encoding: str) -> None:
    assert (await world.post(QUERY, content_encoding=encoding)).status == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
async def test_other_methods_are_refused_with_the_one_that_is_allowed(world: World, method: str) -> None:
    answer = await world.post(b"", path="/graphql?query=%7B__typename%7D", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert world.requests == []


async def test_a_method_that_does_not_exist_is_refused_before_it_is_one(world: World) -> None:
    assert (await world.post(b"", method="__CLASS__")).status == 400


async def test_without_a_token_nothing_is_read_and_the_challenge_names_no_error(world: World) -> None:
    answer = await world.post(QUERY, authorization="")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == 'Bearer realm="csc-gateway"'
    assert answer.json()["errors"][0]["extensions"]["remedy"]


async def test_an_expired_token_is_called_expired_in_body_and_challenge(world: World) -> None:
    answer = await world.post(QUERY, authorization="Bearer canary")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "expired" in answer.json()["errors"][0]["message"]
    assert "canary" not in world.log.getvalue()
    assert b"canary" not in answer.body


async def test_two_tokens_are_none(world: World) -> None:
    raw = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer anna\r\nauthorization: Bearer anna\r\n"
        b"content-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"
    )
    (answer,) = await world.send(raw)
    assert answer.status == 401


async def test_an_accident_is_masked_in_answer_and_log(world: World) -> None:
    answer = await world.post({"query": "fail"})
    assert (answer.status, answer.code, answer.json()["data"]) == (200, "INTERNAL", None)
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert b"canary" not in answer.body
    log = world.log.getvalue()
    assert "canary" not in log
    assert "39100000011" not in log
    (accident,) = [line for line in world.log_lines() if line["event"] == "request failed"]
    assert accident["error"] == "builtins.RuntimeError"
    assert "in execute" in accident["at"]


async def test_an_operation_that_hangs_is_ended_some_time_after_its_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.edge.endpoint._GRACE_SECONDS", 0.1)
    answer = await world.post({"query": "hang"})
    assert (answer.status, answer.code, answer.json()["data"]) == (200, "DEADLINE_EXCEEDED", None)


async def test_the_log_has_one_line_for_a_request_and_nothing_of_its_content(world: World) -> None:
    body = {"query": "{ canary }", "variables": {"canary": "canary"}, "operationName": "canary"}
    answer = await world.post(body, x_request_id="abc-123", x_canary="canary", path="/graphql?canary=canary")
    await world.post({"query": "invalid"}, x_request_id='canary", "x": "')
    await world.post(QUERY, path="/canary/39100000011")
    first, second, third = world.log_lines()
    assert first | {"ms": 0, "timestamp": ""} == {
        "part": "edge",
        "event": "request",
        "level": "info",
        "timestamp": "",
        "request_id": answer.headers["x-request-id"],
        "callers_request_id": "abc-123",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "ms": 0,
        "capacity": "CITIZEN",
    }
    assert (second["codes"], "callers_request_id" in second) == (["INVALID"], False)
    assert (third["path"], third["status"]) == ("other", 404)
    assert "canary" not in world.log.getvalue()
    assert "39100000011" not in world.log.getvalue()


@pytest.mark.parametrize("value", ["LV39100000011", "a391000-00011", "MzkxMDAwMDAwMTE", "a" * 32])
async def test_a_callers_request_id_that_could_spell_a_code_is_not_logged(world: World, value: str) -> None:
    await world.post(QUERY, x_request_id=value)
    assert value not in world.log.getvalue()


async def test_health_and_keys_need_no_token_and_take_only_get(world: World) -> None:
    for path, body in (
        ("/health/live", {"status": "live"}),
        ("/health/ready", {"status": "ready"}),
        ("/.well-known/jwks.json", {"keys": []}),
    ):
        answer = await world.post(b"", path=path, method="GET", authorization="", content_type="")
        assert (answer.status, answer.json()) == (200, body)
        assert (await world.post(b"", path=path)).status == 405
    world.ready = False
    assert (await world.post(b"", path="/health/ready", method="GET")).status == 503
    assert (await world.post(b"", path="/health/live", method="GET")).status == 200


@pytest.mark.parametrize("path", ["/", "/graphql/", "//graphql", "/graphql%2f", "/GRAPHQL", "/graphql/x", "/ws"])
async def test_every_other_address_is_404_without_a_redirect(world: World, path: str) -> None:
    answer = await world.post(QUERY, path=path)
    assert (answer.status, answer.code) == (404, "INVALID")
    assert "location" not in answer.headers


async def test_the_answer_to_one_is_never_given_to_another(world: World) -> None:
    answers = [json.loads((await world.post(QUERY)).body) for _ in range(2)]
    assert len(world.requests) == len(answers) == 2
