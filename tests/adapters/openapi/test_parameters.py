"""Parameters stand in an address, a header or a cookie as their style says, character by character."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.openapi.document import RestOperation, load_openapi
from adapters.kit.openapi.request import write_request

CONTRACTS = Path(__file__).parent / "contracts"
EVERY = load_openapi(CONTRACTS / "every.yaml", typed=True)
SWAGGER = load_openapi(CONTRACTS / "swagger.yaml", typed=True)
ARRAY = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}}}
COLOURS, NUMBERS = ["blue", "black"], {"R": 100, "G": 200}


def _operation(folder: Path, parameter: Mapping[str, Any]) -> RestOperation:
    path = "/x/{color}" if parameter["in"] == "path" else "/x"
    document = {
        "openapi": "3.0.3",
        "paths": {
            path: {"get": {"operationId": "x", "parameters": [{"name": "color", "required": True, **parameter}]}}
        },
    }
    (folder / "openapi.json").write_text(json.dumps(document))
    return load_openapi(folder / "openapi.json", operations=["x"]).operations["x"]


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        ("simple", False, "blue", "/x/blue"),
        ("simple", False, COLOURS, "/x/blue,black"),
        ("simple", False, NUMBERS, "/x/R,100,G,200"),
        ("simple", True, COLOURS, "/x/blue,black"),
        ("simple", True, NUMBERS, "/x/R=100,G=200"),
        ("label", False, "blue", "/x/.blue"),
        ("label", False, COLOURS, "/x/.blue,black"),
        ("label", True, COLOURS, "/x/.blue.black"),
        ("label", False, NUMBERS, "/x/.R,100,G,200"),
        ("label", True, NUMBERS, "/x/.R=100.G=200"),
        ("matrix", False, "blue", "/x/;color=blue"),
        ("matrix", False, COLOURS, "/x/;color=blue,black"),
        ("matrix", True, COLOURS, "/x/;color=blue;color=black"),
        ("matrix", False, NUMBERS, "/x/;color=R,100,G,200"),
        ("matrix", True, NUMBERS, "/x/;R=100;G=200"),
        ("simple", False, "a/b?c#d%e,f g;ā", "/x/a%2Fb%3Fc%23d%25e%2Cf%20g%3B%C4%81"),
    ],
)
def test_a_step_of_a_path(tmp_path: Path, style: str, explode: bool, value: Any, written: str) -> None:
    operation = _operation(tmp_path, {"in": "path", "style": style, "explode": explode, "schema": _schema(value)})
    assert write_request(operation, path={"color": value}).target == written


@pytest.mark.parametrize(
    ("style", "explode", "value", "written"),
    [
        ("form", True, "blue", "color=blue"),
        ("form", True, "", "color="),
        ("form", True, COLOURS, "color=blue&color=black"),
        ("form", False, COLOURS, "color=blue,black"),
        ("form", True, NUMBERS, "R=100&G=200"),
        ("form", False, NUMBERS, "color=R,100,G,200"),
        ("spaceDelimited", False, COLOURS, "color=blue%20black"),
        ("pipeDelimited", False, COLOURS, "color=blue%7Cblack"),
        ("deepObject", True, NUMBERS, "color%5BR%5D=100&color%5BG%5D=200"),
        ("form", True, "a&b=c+d e", "color=a%26b%3Dc%2Bd%20e"),
    ],
)
def test_a_query(tmp_path: Path, style: str, explode: bool, value: Any, written: str) -> None:
    operation = _operation(tmp_path, {"in": "query", "style": style, "explode": explode, "schema": _schema(value)})
    assert write_request(operation, query={"color": value}).target == f"/x?{written}"


def test_reserved_characters_stay_where_the_contract_says_so_but_never_the_query_s_own_marks(tmp_path: Path) -> None:
    operation = _operation(tmp_path, {"in": "query", "allowReserved": True, "schema": {"type": "string"}})
    assert write_request(operation, query={"color": "a:/?@&=#+ b"}).target == "/x?color=a:/?@%26%3D%23%2B%20b"


@pytest.mark.parametrize(
    ("explode", "value", "written"),
    [
        (False, COLOURS, "blue,black"),
        (False, NUMBERS, "R,100,G,200"),
        (True, NUMBERS, "R=100,G=200"),
        (False, "a, b", "a, b"),
    ],
)
def test_a_header_and_a_cookie(tmp_path: Path, explode: bool, value: Any, written: str) -> None:
    operation = _operation(tmp_path, {"in": "header", "explode": explode, "schema": _schema(value)})
    assert write_request(operation, headers={"Color": value}).headers == {"Color": written}
    if isinstance(value, list):
        operation = _operation(tmp_path, {"in": "cookie", "explode": False, "schema": _schema(value)})
        assert write_request(operation, cookies={"color": value}).headers == {"Cookie": "color=blue,black"}


def test_a_parameter_with_content_is_a_json_text(tmp_path: Path) -> None:
    content = {"application/json": {"schema": OBJECT}}
    operation = _operation(tmp_path, {"in": "query", "content": content})
    assert write_request(operation, query={"color": {"R": 1}}).target == "/x?color=%7B%22R%22%3A1%7D"


@pytest.mark.parametrize(
    ("place", "parameter", "value"),
    [
        ("path", {"schema": {"type": "string"}}, ""),
        ("path", {"schema": {"type": "string"}}, "."),
        ("path", {"schema": {"type": "string"}}, ".."),
        ("path", {"schema": ARRAY}, []),
        ("path", {"style": "label", "schema": {"type": "string"}}, "."),
        ("path", {"schema": {"type": "integer"}}, "12"),
        ("query", {"style": "spaceDelimited", "explode": False, "schema": ARRAY}, ["a b", "c"]),
        ("query", {"style": "pipeDelimited", "explode": False, "schema": ARRAY}, ["a|b", "c"]),
        ("query", {"schema": {"type": "string", "nullable": True}}, None),
        ("query", {"schema": {"type": "string", "pattern": "^a$"}}, "b"),
        ("query", {"schema": ARRAY}, [["a"]]),
        ("header", {"schema": ARRAY}, ["a,b"]),
        ("header", {"schema": {"type": "string"}}, "a\r\nX-Other: b"),
        ("header", {"schema": {"type": "string"}}, "ā"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(
    tmp_path: Path, place: str, parameter: Mapping[str, Any], value: Any
) -> None:
    operation = _operation(tmp_path, {"in": place, **parameter})
    key = {"header": "headers"}.get(place, place)
    with pytest.raises((ValueError, TypeError)) as caught:
        write_request(operation, **{key: {"color": value}})
    assert "ā" not in str(caught.value)


def test_a_parameter_that_is_missing_or_not_the_contract_s_is_not_let_pass(tmp_path: Path) -> None:
    operation = _operation(tmp_path, {"in": "query", "schema": {"type": "string"}})
    for query in ({}, {"color": "a", "colour": "b"}, None):
        with pytest.raises(KeyError):
            write_request(operation, query=query)
    with pytest.raises(KeyError):
        write_request(operation, query={"color": "a"}, path={"id": "a"})
    with pytest.raises(TypeError):
        write_request(operation, query={"color": "a"}, body={})
    header = _operation(tmp_path, {"in": "header", "schema": {"type": "string"}})
    with pytest.raises(KeyError):
        write_request(header)
    assert write_request(header, given=frozenset({"color"})).headers == {}


def test_swagger_writes_lists_in_its_own_ways() -> None:
    query = {"csv": ["a", "b"], "ssv": [1, 2], "tsv": [1, 2], "pipes": [1, 2], "multi": ["a", "b"]}
    written = write_request(SWAGGER.operations["person"], path={"id": 7}, query=query).target
    assert written == "/people/7?csv=a,b&ssv=1%202&tsv=1%092&pipes=1%7C2&multi=a&multi=b"
    with pytest.raises(ValueError, match="format"):
        write_request(SWAGGER.operations["person"], path={"id": 2**63})


# ------------------------------------------------------------ forms


def test_a_form_is_written_field_by_field_and_read_again() -> None:
    [body] = EVERY.operations["formed"].bodies
    value = {"name": "a b&c=ā", "count": 3, "many": ["x", "y"], "joined": [1, 2], "about": {"open": True}}
    media, content = body.codec.encode(value)
    assert media == "application/x-www-form-urlencoded"
    assert content == b"name=a+b%26c%3D%C4%81&count=3&many=x&many=y&joined=1%2C2&about=%7B%22open%22%3Atrue%7D"
    assert body.codec.decode(content, media) == value
    with pytest.raises(ValueError, match="minimum"):
        body.codec.encode({"name": "a", "count": -1})
    for wrong in (b"count=1", b"name=a&name=b", b"name=a&count=x", b"name=%ff", b"name=a&about=1", b"name"):
        with pytest.raises(ValueError, match=r"form|contract"):
            body.codec.decode(wrong, media)


def test_a_multipart_form_carries_bytes_as_they_are() -> None:
    [body] = EVERY.operations["uploaded"].bodies
    value = {"file": bytes(range(256)) + b"\r\n--", "more": [b"", b"\r\n"], "note": 'ā "b"', "about": {"code": "0012"}}
    media, content = body.codec.encode(value)
    assert media.startswith("multipart/form-data; boundary=")
    assert body.codec.decode(content, media) == value
    for wrong, kind in ((content[:-10], media), (content, "multipart/form-data"), (b"", media), (content, media + "x")):
        with pytest.raises(ValueError, match="form"):
            body.codec.decode(wrong, kind)
    with pytest.raises(TypeError):
        body.codec.encode({"file": "text"})
    with pytest.raises(ValueError, match="required"):
        body.codec.encode({"note": "a"})


def test_a_form_of_swagger_joins_lists_as_it_says() -> None:
    [body] = SWAGGER.operations["form"].bodies
    assert body.codec.encode({"name": "a", "tags": ["b", "c"]})[1] == b"name=a&tags=b%7Cc"
    [file] = SWAGGER.operations["file"].bodies
    media, content = file.codec.encode({"file": b"\x00", "note": "a"})
    assert file.codec.decode(content, media) == {"file": b"\x00", "note": "a"}


def _schema(value: Any) -> Mapping[str, Any]:
    return ARRAY if isinstance(value, list) else OBJECT if isinstance(value, dict) else {"type": "string"}
