"""What the values of a description are: dates, decimals, bytes, nulls, alternatives; and what they are written as."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.formats import Instant
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_reader import Tagged
from adapters.kit.openapi.plain_json import NOT_PLAIN
from adapters.kit.xsd.decode import BadReplyError
from adapters.kit.xsd.types import Broken
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Description
from adapters.sandbox.descriptions.written import json_text

CONTRACTS = Path(__file__).parent / "contracts"
EVERY = load_openapi(CONTRACTS / "every.yaml", typed=True)
LEAST = '"code": "0012", "sum": 1, "kind": "A"'


def _codec() -> JsonCodec:
    codec = EVERY.operations["everything"].responses[200]
    assert codec is not None
    return codec


def _decoded(member: str) -> Any:
    return _codec().decode(f"{{{LEAST}, {member}}}".encode())


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ('"code": "1e55"', "1e55"),
        ('"sum": 0.30', Decimal("0.30")),
        ('"sum": 5', Decimal(5)),
        ('"sum": 12345678901234567890.123456789', Decimal("12345678901234567890.123456789")),
        ('"whole": 123456789012345678901234567890', 123456789012345678901234567890),
        ('"whole": 2.0', 2),
        ('"day": "2024-02-29"', date(2024, 2, 29)),
        ('"day": null', None),
        ('"at": "2026-03-29T03:00:00+03:00"', datetime(2026, 3, 29, 3, tzinfo=timezone(timedelta(hours=3)))),
        ('"at": "2026-03-29T03:00:00.5Z"', datetime(2026, 3, 29, 3, 0, 0, 500000, UTC)),
        ('"clock": "10:20:30Z"', "10:20:30Z"),
        ('"length": "P1DT2H"', "P1DT2H"),
        ('"data": "AAEC"', b"\x00\x01\x02"),
        ('"encoded": "AAEC"', b"\x00\x01\x02"),
        ('"odd": "0012"', "0012"),
        ('"kind": 3', 3),
        ('"kind": true', True),
        ('"kind": null', None),
        ('"maybe": null', None),
        ('"maybe": {"from": 1}', {"from": 1}),
        ('"any": "2026-01-01"', date(2026, 1, 1)),
        ('"any": "text"', "text"),
        ('"any": 7', 7),
        ('"amounts": {"a": 1.10}', {"a": Decimal("1.10")}),
        ('"named": {"x-a": "2026-01-01"}', {"x-a": date(2026, 1, 1)}),
        ('"pair": ["a", "2026-01-01"]', ["a", date(2026, 1, 1)]),
        (
            '"tree": {"name": "a", "children": [{"name": "b", "at": "2026-01-01T00:00:00Z"}]}',
            {"name": "a", "children": [{"name": "b", "at": datetime(2026, 1, 1, tzinfo=UTC)}]},
        ),
        ('"closed": {"a": 1, "b": 2}', {"a": 1, "b": 2}),
        ('"either": {"a": 1, "b": 2}', {"a": 1, "b": 2}),
        ('"unknown": {"kept": [1.50]}', {"kept": [Decimal("1.50")]}),
    ],
)
def test_a_value_is_what_its_text_stands_for(member: str, value: Any) -> None:
    name = json.loads("{" + member + "}").popitem()[0]
    text = f"{{{member}}}" if name in ("code", "sum", "kind") else ""
    found = (
        _decoded(member)
        if not text
        else _codec().decode(json.dumps({}).encode()[:1] + f"{_others(name)}, {member}}}".encode())
    )
    assert found[name] == value
    assert type(found[name]) is type(value) or isinstance(found[name], type(value))
    assert _codec().decode(_codec().encode(found)) == found


def _others(name: str) -> str:
    return ", ".join(
        f'"{key}": {value}' for key, value in (("code", '"0012"'), ("sum", "1"), ("kind", '"A"')) if key != name
    )


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ('"code": 12', "code"),
        ('"code": "12"', "code"),
        ('"sum": "1"', "sum"),
        ('"sum": true', "sum"),
        ('"sum": null', "sum"),
        ('"sum": -1000000.01', "sum"),
        ('"whole": 2.5', "whole"),
        ('"whole": "2"', "whole"),
        ('"small": 2147483648', "small"),
        ('"steps": 0.07', "steps"),
        ('"steps": 10', "steps"),
        ('"kind": "B"', "kind"),
        ('"kind": 1', "kind"),
        ('"kind": false', "kind"),
        ('"fixed": {"a": [2]}', "fixed"),
        ('"day": "2026-02-30"', "day"),
        ('"day": "20260201"', "day"),
        ('"day": "2026-02-01T00:00:00Z"', "day"),
        ('"at": "2026-02-01T00:00:00"', "at"),
        ('"at": "2026-02-01T25:00:00Z"', "at"),
        ('"clock": "10:20"', "clock"),
        ('"length": "P"', "length"),
        ('"data": "AAE"', "data"),
        ('"data": "AA EC"', "data"),
        ('"id": "0012"', "id"),
        ('"site": "a b"', "site"),
        ('"mail": "a"', "mail"),
        ('"maybe": {"from": "1"}', "maybe/from"),
        ('"maybe": {"other": 1}', "maybe/?"),
        ('"payload": {"kind": "text"}', "payload"),
        ('"told": {"kind": "other"}', "told/kind"),
        ('"told": {"kind": "sum", "amount": "1"}', "told/amount"),
        ('"owner": {"type": "X"}', "owner/type"),
        ('"owner": {"type": "P", "name": "a", "born": "x"}', "owner/born"),
        ('"owner": {"type": "C", "number": "1"}', "owner/number"),
        ('"amounts": {"kept secret": "1"}', "amounts/?"),
        ('"named": {"y": "2026-01-01"}', "named/?"),
        ('"named": {"x-a": "z"}', "named/?"),
        ('"pair": ["a", "b"]', "pair/1"),
        ('"pair": ["a", "2026-01-01", 1]', "pair/2"),
        ('"set": []', "set"),
        ('"set": [1, 1]', "set"),
        ('"has": [1]', "has"),
        ('"notx": "x"', "notx"),
        ('"tree": {"name": "a", "children": [{"name": "b", "children": [{}]}]}', "tree/children/0/children/0"),
        ('"closed": {"c": 1}', "closed/?"),
        ('"either": {"a": 1}', "either"),
        ('"dependent": {"a": 1}', "dependent"),
    ],
)
def test_a_slip_is_said_by_the_contract_s_names_and_never_by_a_value(member: str, path: str) -> None:
    name = json.loads("{" + member + "}").popitem()[0]
    with pytest.raises(BadReplyError) as caught:
        _codec().decode(f"{{{_others(name)}, {member}}}".encode())
    assert caught.value.path == path
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_absent_and_null_are_two_things() -> None:
    assert "day" not in _decoded('"whole": 1')
    assert _decoded('"day": null')["day"] is None
    assert b'"day":null' in _codec().encode({"code": "0012", "sum": 1, "kind": None, "day": None})


def test_a_moment_keeps_digits_that_python_has_no_place_for() -> None:
    text = "2025-09-18T12:24:16.0154302+00:00"
    found = _decoded(f'"at": "{text}"')
    assert isinstance(found["at"], Instant)
    assert found["at"] == datetime(2025, 9, 18, 12, 24, 16, 15430, UTC)
    assert text.encode() in _codec().encode(found)


def test_alternatives_say_which_one_a_value_is_of() -> None:
    found = _decoded('"payload": {"kind": "sum", "amount": 1.10, "due": "2026-01-01"}')["payload"]
    assert isinstance(found, Tagged)
    assert found.branch == "Sum"
    assert found == {"kind": "sum", "amount": Decimal("1.10"), "due": date(2026, 1, 1)}
    assert found != Tagged("Text", found)
    owner = _decoded('"owner": {"type": "C", "number": "40003000000", "since": "2026-01-01"}')["owner"]
    assert owner.branch == "Company"
    assert owner["since"] == date(2026, 1, 1)
    assert _decoded('"owner": {"type": "Base"}')["owner"].branch == "Base"


def test_instances_reach_every_alternative_and_every_listed_value() -> None:
    description = Description(CONTRACTS / "every.yaml")
    [content] = description.operations["everything"].answers["200"]
    branches: dict[str, set[str]] = {"payload": set(), "told": set(), "owner": set()}
    kinds, present, absent, nulls = set(), set(), set(), set()
    for instance in Instances(description.answers, 1).some(content.schema, 60):
        found = _codec().decode(json_text(instance).encode())
        for name in branches.keys() & found.keys():
            branches[name].add(found[name].branch)
        kinds.add(json.dumps(found["kind"]))
        present |= found.keys()
        absent |= {"day", "payload", "tree"} - found.keys()
        nulls |= {name for name, value in found.items() if value is None}
    assert branches == {"payload": {"Text", "Sum"}, "told": {"Text", "Sum"}, "owner": {"Base", "Person", "Company"}}
    assert len(kinds) == 6
    assert {"day", "payload", "tree", "any", "pair", "closed"} <= present
    assert absent == {"day", "payload", "tree"}
    assert {"day", "maybe", "kind"} <= nulls


def test_the_same_seed_gives_the_same_instances() -> None:
    description = Description(CONTRACTS / "every.yaml")
    [content] = description.operations["everything"].answers["200"]
    first, again = (list(Instances(description.answers, 5).some(content.schema, 5)) for _ in range(2))
    assert first == again
    assert first != list(Instances(description.answers, 6).some(content.schema, 5))


def test_what_is_read_only_need_not_be_sent_and_what_is_write_only_does_not_come() -> None:
    contract = load_openapi(CONTRACTS / "every-3.0.yaml", typed=True)
    request, answer = contract.operations["ask"].request, contract.operations["ask"].responses[200]
    assert request is not None
    assert request.encode({"codes": ["0012"]}) == b'{"codes":["0012"]}'
    assert answer.is_valid({"items": []})
    with pytest.raises(BadReplyError, match="required"):
        request.check({"id": "1"})


def test_a_broken_item_hides_no_other_and_the_others_are_values() -> None:
    answer = load_openapi(CONTRACTS / "every-3.0.yaml", typed=True).operations["ask"].responses[200]
    found = answer.decode(
        b'{"items": [{"code": "001", "day": "2026-01-01"}, {"code": "x"}, {"code": "003", "sum": 1.5}]}'
    )
    first, broken, last = found["items"]
    assert first == {"code": "001", "day": date(2026, 1, 1)}
    assert isinstance(broken, Broken)
    assert broken.what == "items/1/code: not as the contract says (pattern)"
    assert broken.known == {"code": "x"}
    assert last == {"code": "003", "sum": Decimal("1.5")}
    with pytest.raises(BadReplyError):
        answer.decode(b'{"items": [{"code": "x"}], "items": []}')


@pytest.mark.parametrize(
    "text", ['{"code": "001", "day": "2026-01-01"}', '{"code": "001", "day": null, "count": 3}', '{"code": "001"}']
)
def test_the_quick_way_gives_the_same_values(text: str) -> None:
    answer = load_openapi(CONTRACTS / "every-3.0.yaml", typed=True).operations["ask"].responses[200]
    content = f'{{"items": [{text}]}}'.encode()
    quick = answer.decode_plain(content)
    assert quick is not NOT_PLAIN
    assert quick == answer.decode_strict(content)


def test_a_number_with_a_fraction_takes_the_strict_way() -> None:
    answer = load_openapi(CONTRACTS / "every-3.0.yaml", typed=True).operations["ask"].responses[200]
    assert answer.decode_plain(b'{"items": [{"code": "001", "sum": 0.30}]}') is NOT_PLAIN


@pytest.mark.parametrize(
    "value", [datetime.fromisoformat("2026-01-01"), float("nan"), Decimal("Infinity"), {1: 2}, object(), {"a", "b"}]
)
def test_what_json_has_no_text_for_is_not_written(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        _codec().encode({"code": "0012", "sum": 1, "kind": "A", "anything": value})


def test_a_value_that_contains_itself_is_not_written() -> None:
    value: dict[str, Any] = {"code": "0012", "sum": 1, "kind": "A"}
    value["anything"] = value
    with pytest.raises((ValueError, TypeError)):
        _codec().encode(value)
