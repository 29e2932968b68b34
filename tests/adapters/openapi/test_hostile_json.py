"""Hostile answers at the level of JSON: each is the error that it should be, within bounded memory."""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_text import MAX_VALUES
from adapters.kit.xsd.decode import BadReplyError
from adapters.kit.xsd.types import Broken

EVERY = load_openapi(Path(__file__).parent / "contracts" / "every.yaml", typed=True)
PLAIN = load_openapi(Path(__file__).parent / "contracts" / "every.yaml")
START = b'{"code": "0012", "sum": 1, "kind": "A", '
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        START + b'"odd": "\xff"}',
        START + b'"odd": "\\ud800"}',
        START + b'"odd": "\\udc00\\ud800"}',
        START + b'"\\udfff": 1}',
        START + b'"sum": 2}',
        START + b'"anything": NaN}',
        START + b'"anything": -Infinity}',
        START + b'"anything": 1e999999}',
        START + b'"anything": 1e99999999999999999999999}',
        START + b'"anything": -1e-999999}',
        START + b'"anything": 1' + b"0" * 1_000_000 + b"}",
        START + b'"anything": 0.' + b"0" * 1_000_000 + b"}",
        START + b'"anything": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        START + b'"anything": ' + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}",
        START + b'"anything": [' + b"{}," * 1_000_000 + b"{}]}",
        START + b'"anything": [' + b"[]," * 1_000_000 + b"[]]}",
        START + b'"tree": {"name": "a"' + b', "children": [{"name": "a"' * 5_000 + b"}]" * 5_000 + b"}}",
        START + b'"anything": 01}',
        START + b'"anything": "a\nb"}',
        START + b"} {}",
        b"[" + START + b'"a": 1}]',
        b"null",
        b'"text"',
    ],
    ids=range(26),
)
def test_a_hostile_answer_is_an_error_without_cost(content: bytes, typed: bool) -> None:
    codec = (EVERY if typed else PLAIN).operations["everything"].responses[200]
    tracemalloc.start()
    try:
        with pytest.raises(BadReplyError) as caught:
            codec.decode(content)
        assert tracemalloc.get_traced_memory()[1] < 32 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert caught.value.__context__ is None
    assert len(str(caught.value)) < 500


def test_as_many_values_as_are_taken_stay_within_memory() -> None:
    codec = EVERY.operations["everything"].responses[200]
    content = START + b'"anything": [' + b"{}," * (MAX_VALUES // 2 - 10) + b"{}]}"
    tracemalloc.start()
    assert len(codec.decode(content)["anything"]) == MAX_VALUES // 2 - 9
    assert tracemalloc.get_traced_memory()[1] < 64 * MEBIBYTE
    tracemalloc.stop()


def test_alternatives_within_alternatives_are_each_tried_once(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(
        """
openapi: 3.1.0
paths:
  /a:
    get:
      operationId: a
      responses: {"200": {description: a, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}
components:
  schemas:
    A: {oneOf: [{$ref: "#/components/schemas/B"}, {$ref: "#/components/schemas/C"}, {type: integer}]}
    B: {type: object, required: [b], properties: {b: {}, a: {$ref: "#/components/schemas/A"}}}
    C: {type: object, required: [c], properties: {c: {}, a: {$ref: "#/components/schemas/A"}}}
"""
    )
    codec = load_openapi(tmp_path / "openapi.yaml").operations["a"].responses[200]
    depth = 60
    assert codec.decode(b'{"b": 1, "a": ' * depth + b"7" + b"}" * depth)
    with pytest.raises(BadReplyError):
        codec.decode(b'{"b": 1, "c": 1, "a": ' * depth + b'"x"' + b"}" * depth)


def _answering(folder: Path, schema: dict[str, Any], **schemas: Any) -> JsonCodec:
    responses = {"200": {"description": "a", "content": {"application/json": {"schema": schema}}}}
    said = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a", "responses": responses}}}}
    (folder / "openapi.json").write_text(json.dumps({**said, "components": {"schemas": schemas}}))
    return load_openapi(folder / "openapi.json").operations["a"].responses[200]


def test_numbers_are_told_apart_whatever_their_hash(tmp_path: Path) -> None:
    codec = _answering(tmp_path, {"type": "array", "uniqueItems": True})
    step = sys.hash_info.modulus  # Numbers that differ by it have one hash.

    def cost(step: int) -> float:
        content = json.dumps([n * step for n in range(1, 3000)]).encode()
        began = time.thread_time()
        assert len(codec.decode(content)) == 2999
        return time.thread_time() - began

    assert min(cost(step) for _ in range(2)) < 8 * min(cost(2**60) for _ in range(2))
    for same in (b"[1, 1.0]", b"[0.5, 5E-1]", b"[[-1], [-1.00]]", b"[0, -0.0]", b'[{"a": 1}, {"a": 1e0}]'):
        assert not codec.is_valid(json.loads(same, parse_float=Decimal))
    for other in (
        b"[1, 2, true, false, 0]",
        b'[1, "1", "1/1"]',
        b"[0.5, 0.25, -0.5]",
        b"[10, 1.00000000000000000001, 1]",
    ):
        assert codec.is_valid(json.loads(other, parse_float=Decimal))


_LIST = {"type": "array", "items": {"type": "object", "required": ["a"]}}


def test_broken_items_under_many_names_are_marked_in_one_go(tmp_path: Path) -> None:
    codec = _answering(tmp_path, {"type": "object", "additionalProperties": _LIST})
    # Read again from the beginning for each name, it took minutes.
    found = codec.decode(b"{" + b",".join(b'"k%d":[{"a":1},{}]' % n for n in range(10_000)) + b"}")
    assert all(one == {"a": 1} and type(other) is Broken for one, other in found.values())


def test_an_item_that_is_broken_costs_a_few_calls(tmp_path: Path) -> None:
    codec = _answering(tmp_path, {"type": "object", "properties": {"items": _LIST}})

    def calls(items: int) -> int:
        counted = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal counted
            counted += event == "call"

        value: dict[str, Any] = {"items": [{} for _ in range(items)]}
        sys.setprofile(count)
        try:
            codec.read(value)
        finally:
            sys.setprofile(None)
        return counted

    calls(1)
    assert calls(200) - calls(100) <= 100 * 12


def test_an_item_that_is_too_deep_is_a_broken_one_too(tmp_path: Path) -> None:
    one = {"$ref": "#/components/schemas/One"}
    codec = _answering(
        tmp_path,
        {"type": "object", "properties": {"items": {"type": "array", "items": one}}},
        One={"type": "object", "properties": {"one": one, "a": {"type": "integer"}}},
    )
    deep = b'{"one": ' * 700 + b"{}" + b"}" * 700
    found = codec.decode(b'{"items": [{"a": "x"}, ' + deep + b', {"a": 1}]}')["items"]
    assert [type(item) for item in found] == [Broken, Broken, dict]


def test_items_before_the_last_kind_are_read_as_theirs(tmp_path: Path) -> None:
    text = {"type": "object", "properties": {"a": {"type": "string"}}}
    number = {"type": "object", "properties": {"a": {"type": "integer"}}}
    listed = {"type": "array", "prefixItems": [text], "items": number}
    codec = _answering(tmp_path, {"type": "object", "properties": {"one": listed, "other": listed}})
    found = codec.decode(b'{"one": [{"a": "x"}, {"a": 1}, {"a": "x"}], "other": [{"a": "x"}, {"a": 1}]}')
    assert [type(item) for item in found["one"]] == [dict, dict, Broken]
    assert found["other"] == [{"a": "x"}, {"a": 1}]
