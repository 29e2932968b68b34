"""The REST contract, both ways: what it does not say is an error with its path, and never with a value."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.document import RestContract, load_openapi, read_json
from adapters.kit.xsd.decode import BadReplyError
from adapters.kit.xsd.types import Broken

ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["code"],
    "properties": {
        "code": {"type": "string", "pattern": "^[0-9]{3}$"},
        "day": {"type": "string", "format": "date", "nullable": True},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"type": "string", "enum": ["A", "B"]},
        "sum": {"allOf": [{"type": "number", "minimum": 0}], "nullable": True},
    },
}


def _contract(folder: Path, item: dict[str, Any] = ITEM) -> RestContract:
    answer = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}},
    }
    document = {
        "openapi": "3.0.3",
        "paths": {
            "/find": {
                "post": {
                    "operationId": "find",
                    "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
                }
            }
        },
        "components": {"schemas": {"Item": item}},
    }
    path = folder / "openapi.yaml"
    path.write_text(json.dumps(document))
    return load_openapi(path)


def _read(folder: Path, text: str) -> Any:
    contract = _contract(folder)
    return contract.read(contract.operations["find"].responses[200], read_json(text.encode()))


def test_decimals_keep_every_digit_and_null_is_allowed_where_the_contract_says_so(tmp_path: Path) -> None:
    read = _read(tmp_path, '{"items": [{"code": "007", "day": null, "sum": 0.30, "later": [1]}]}')
    [item] = read["items"]
    assert str(item["sum"]) == "0.30"
    assert isinstance(item["sum"], Decimal)
    assert item["code"] == "007"


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ("{}", "items/0"),
        ('{"code": null}', "items/0/code"),
        ('{"code": 123}', "items/0/code"),
        ('{"code": "1234"}', "items/0/code"),
        ('{"code": "123\\n"}', "items/0/code"),
        ('{"code": "123", "day": "2026-02-30"}', "items/0/day"),
        ('{"code": "123", "day": "20260201"}', "items/0/day"),
        ('{"code": "123", "at": "2026-02-01T00:00:00"}', "items/0/at"),
        ('{"code": "123", "kind": "C"}', "items/0/kind"),
        ('{"code": "123", "sum": "1"}', "items/0/sum"),
        ('{"code": "123", "sum": -0.01}', "items/0/sum"),
    ],
)
def test_a_broken_item_is_said_by_its_path_and_leaves_the_others(tmp_path: Path, item: str, where: str) -> None:
    broken, whole = _read(tmp_path, f'{{"items": [{item}, {{"code": "999"}}]}}')["items"]
    assert isinstance(broken, Broken)
    assert broken.what.partition(":")[0] == where
    assert whole == {"code": "999"}


@pytest.mark.parametrize("text", ["[]", "{}", "null", '"x"', "7", '{"items": {}}', '{"items": [7]}', '{"items": null}'])
def test_an_answer_of_another_shape_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadReplyError):
        _read(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": Infinity}', "\ufeff{}", "[" * 100_000, "1" * 5000]
)
def test_what_is_no_json_is_a_value_error_without_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="not well-formed JSON") as caught:
        read_json(text.encode())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_bytes_that_are_no_text_are_no_json() -> None:
    with pytest.raises(ValueError, match="not well-formed JSON"):
        read_json(b'{"a": "\xff"}')


@pytest.mark.parametrize(
    ("changes", "construct"),
    [
        ({"oneOf": []}, "oneOf without alternatives"),
        ({"anyOf": 1}, "anyOf that is no list"),
        ({"type": "strange"}, "a type that JSON Schema does not have"),
        ({"$dynamicRef": "#x"}, r"\$dynamicRef"),
        ({"unevaluatedItems": False}, "unevaluatedItems"),
        ({"allOf": [{"$ref": "#/components/schemas/Item"}]}, "a schema that contains itself"),
        ({"minLength": "one"}, "minLength that is no number"),
        ({"maxItems": 1.5}, "maxItems that is no size"),
        ({"multipleOf": 0}, "multipleOf that is not positive"),
        ({"patternProperties": {"(": {}}}, "pattern"),
        ({"properties": {"a": 7}}, "a property that is no schema"),
    ],
)
def test_a_construct_without_meaning_here_leaves_its_operation_out_by_name(
    tmp_path: Path, changes: dict[str, Any], construct: str
) -> None:
    contract = _contract(tmp_path, {**ITEM, **changes})
    assert contract.operations == {}
    with pytest.raises(UnsupportedConstruct, match=construct) as caught:
        contract.operation("find")
    assert caught.value.where.startswith("openapi.yaml:")
