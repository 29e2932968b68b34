"""What an inspection says: each operation on its own, each type once, and what a person should know of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.kit.inspection import Hazard, InspectedOperation, Inspection, Member, Refusal, TypeShape
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.inspected import inspect_openapi
from tests.adapters.openapi.round_trip import contract_files

CONTRACTS = Path(__file__).parent / "contracts"


def _operation(found: Inspection, name: str) -> InspectedOperation:
    return next(operation for operation in found.operations if operation.name == name)


def _type(found: Inspection, name: str) -> TypeShape:
    return next(shape for shape in found.types if shape.name == name)


def _member(members: tuple[Member, ...], name: str) -> Member:
    return next(member for member in members if member.name == name)


def _kinds(found: Inspection) -> set[str]:
    return {hazard.kind for hazard in found.hazards}


@pytest.mark.parametrize("path", contract_files(), ids=lambda path: path.parent.name)
def test_every_operation_of_a_real_contract_loads(path: Path) -> None:
    found = inspect_openapi(path)
    assert found.loads
    assert [operation.name for operation in found.operations if not operation.loads] == []
    names = {shape.name for shape in found.types}
    for shape in found.types:
        assert shape.where.startswith(path.name) or not shape.where
        for member in shape.members:
            assert member.type in names or member.type.partition("(")[0] in _BUILT_IN, member
    for part in (*found.refused, *found.hazards):
        assert part.where.startswith(f"{path.name}:")
    json.dumps(found.as_json())


_BUILT_IN = {"string", "integer", "number", "boolean", "null", "any", "nothing", "bytes"}


def test_a_bad_operation_and_a_bad_parameter_leave_the_others_as_they_are() -> None:
    found = inspect_openapi(CONTRACTS / "every-3.0.yaml")
    assert {operation.name: operation.loads for operation in found.operations} == {
        "ask": True,
        "half": True,
        "get_unnamed_person_code": True,
        "broken": False,
    }
    broken = _operation(found, "broken")
    assert broken.call == "GET /broken"
    assert broken.reason == "$ref to nothing (#/components/schemas/Nothing) at every-3.0.yaml:15"
    assert [parameter.name for parameter in _operation(found, "half").parameters] == ["good"]
    assert [response.name for response in _operation(found, "half").responses] == ["200"]
    assert {(refusal.construct, refusal.where) for refusal in found.refused} == {
        ("$ref to nothing (#/components/schemas/Nothing)", "every-3.0.yaml:15"),
        ("minLength that is no number", "every-3.0.yaml:20"),
        ("a type that JSON Schema does not have", "every-3.0.yaml:23"),
    }


def test_members_say_how_often_whether_null_and_what_else() -> None:
    found = inspect_openapi(CONTRACTS / "every.yaml")
    everything = _type(found, "Everything")
    assert everything.kind == "object"
    assert _member(everything.members, "code") == Member("code", "string", note="length from 4, length to 4")
    assert _member(everything.members, "sum").low == 1
    assert _member(everything.members, "day") == Member("day", "string(date)", low=0, nillable=True)
    assert _member(everything.members, "made").note == "read only"
    assert _member(everything.members, "set") == Member("set", "integer", low=0, high=None, note="1 to 3 items")
    assert _type(found, "Tree").members[1] == Member("children", "Tree", low=0, high=None)
    payload = _type(found, "Everything.payload")
    assert payload.kind == "choice"
    assert [member.name for member in payload.members] == ["Text", "Sum"]
    owner = _type(found, "Base")
    assert _member(owner.members, "Person").note.endswith("type is P or Person")
    assert _type(found, "Everything.kind").values == ("A", "B-1", "", "3", "null", "true")


def test_parameters_say_where_they_stand_and_in_which_style() -> None:
    operation = _operation(inspect_openapi(CONTRACTS / "every.yaml"), "everything")
    notes = {parameter.name: parameter.note for parameter in operation.parameters}
    assert operation.call == "POST /people/{id}/{tags}"
    assert notes["id"] == "in the path, length from 1, length to 12"
    assert notes["tags"].startswith("in the path, style matrix, explode")
    assert notes["deep"] == "in the query, style deepObject, explode"
    assert notes["reserved"] == "in the query, reserved characters as they are"
    assert notes["said"] == "in the query, as JSON"
    assert notes["session"] == "in the cookie, pattern ^[a-z0-9]{4}$"
    assert [response.name for response in operation.responses] == ["200", "4XX", "default"]


def test_hazards_are_listed() -> None:
    found = inspect_openapi(CONTRACTS / "every.yaml")
    assert {"recursive-type", "enum-value-not-graphql", "name-not-graphql", "unknown-format"} <= _kinds(found)
    assert {"multipart", "personal-data-in-url"} <= _kinds(found)
    assert "no-operation-id" in _kinds(inspect_openapi(CONTRACTS / "every-3.0.yaml"))
    swagger = inspect_openapi(CONTRACTS / "swagger.yaml")
    assert Hazard("security", "swagger.yaml:5", "key: apiKey header X-Key") in swagger.hazards


def test_alternatives_that_one_value_can_be_of_are_a_hazard(tmp_path: Path) -> None:
    document = {
        "openapi": "3.0.0",
        "paths": {},
        "components": {},
    }
    for branches, ambiguous in (
        ([{"type": "integer"}, {"type": "number"}], True),
        ([{"type": "string"}, {"type": "integer"}], False),
        ([{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}], True),
        (
            [
                {"type": "object", "required": ["a"], "properties": {"a": {}}},
                {"type": "object", "required": ["b"], "properties": {"b": {}}},
            ],
            False,
        ),
    ):
        answer = {"200": {"description": "a", "content": {"application/json": {"schema": {"oneOf": branches}}}}}
        document["paths"] = {"/a": {"get": {"responses": answer}}}
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        assert ("ambiguous-oneOf" in _kinds(inspect_openapi(tmp_path / "openapi.json"))) is ambiguous


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("", "a description that is no object"),
        ("[]", "a description that is no object"),
        ("a: 1", "a file that is no OpenAPI description"),
        ("openapi: 4.0.0", "version 4.0.0"),
        ("openapi: 3.2.0", "version 3.2.0"),
        ("swagger: '1.2'", "version 1.2"),
        ("openapi: 3.0.0\npaths: 7", "paths that is no object"),
        ("openapi: 3.0.0\npaths: {}\npaths: {}", "a name that stands twice"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_is_refused_by_name(tmp_path: Path, text: str, construct: str) -> None:
    (tmp_path / "openapi.yaml").write_text(text)
    found = inspect_openapi(tmp_path / "openapi.yaml")
    assert not found.loads
    assert [refusal.construct for refusal in found.refused] == [construct]
    assert isinstance(found.refused[0], Refusal)


def test_a_description_without_operations_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {}\n")
    assert not inspect_openapi(tmp_path / "openapi.yaml").loads


def test_a_fault_in_a_type_that_contains_itself_leaves_out_all_that_reach_it_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(
        """
openapi: 3.0.0
paths:
  /a: {get: {operationId: a, responses: {200: {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}}}
  /b: {get: {operationId: b, responses: {200: {content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}}}}
  /c: {get: {operationId: c, responses: {200: {content: {application/json: {schema: {$ref: "#/components/schemas/C"}}}}}}}
components:
  schemas:
    A: {type: object, properties: {b: {$ref: "#/components/schemas/B"}, x: {type: strange}}}
    B: {type: object, properties: {a: {$ref: "#/components/schemas/A"}}}
    C: {type: object, properties: {c: {$ref: "#/components/schemas/C"}}}
"""
    )
    found = inspect_openapi(tmp_path / "openapi.yaml")
    assert {operation.name: operation.loads for operation in found.operations} == {"a": False, "b": False, "c": True}
    assert {operation.reason for operation in found.operations if not operation.loads} == {
        "a type that JSON Schema does not have at openapi.yaml:9"
    }


def test_types_of_several_files_are_one_contract() -> None:
    found = inspect_openapi(CONTRACTS / "split" / "openapi.yaml")
    assert [operation.name for operation in found.operations if operation.loads] == ["people", "towns"]
    person = _type(found, "person.yaml")
    assert person.where == "parts/person.yaml:1"
    assert _member(person.members, "children").type == "person.yaml"
    assert _member(person.members, "town").type == "Town"
    assert "recursive-type" in _kinds(found)
    assert found.refused == ()


def test_what_is_written_against_the_rules_and_can_be_read_is_read_and_said(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(
        """
openapi: 3.0.0
paths:
  /a:
    get:
      operationId: same
      callbacks: {}
      responses:
        200:
          description: a
          content:
            application/json:
              schema:
                type: object
                properties:
                  several: {type: [string, "null"], maxLength: "3"}
                  above: {type: number, exclusiveMinimum: 3}
                  pair: {type: array, items: [{type: string}, {type: integer}]}
                  code: {type: string, required: true, pattern: "\\\\A[0-9]+\\\\z"}
    post: {operationId: same, responses: {200: {description: a, content: {text/xml: {schema: {type: object}}}}}}
"""
    )
    found = inspect_openapi(tmp_path / "openapi.yaml")
    assert [operation.name for operation in found.operations if operation.loads] == ["same", "post_a"]
    assert found.refused == ()
    lines = [(hazard.kind, hazard.where.partition(":")[2]) for hazard in found.hazards]
    assert sorted(lines) == [
        ("body-as-bytes", "20"),
        ("callback", "7"),
        ("not-valid", "16"),
        ("not-valid", "16"),
        ("not-valid", "17"),
        ("not-valid", "18"),
        ("not-valid", "19"),
        ("operation-id-twice", "20"),
        ("pattern-not-checked", "19"),
    ]
    codec = load_openapi(tmp_path / "openapi.yaml").operations["same"].responses[200]
    assert codec.is_valid({"several": None, "above": 4, "pair": ["a", 1], "code": "any"})
    for wrong in ({"several": "four"}, {"above": 3}, {"pair": [1]}):
        assert not codec.is_valid(wrong)
