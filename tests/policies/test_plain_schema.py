"""Forms recognised at a glance are those that the schema of schemas accepts, never more."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.folders import CHECKOUT
from policies.kit.plain_schema import is_plain

FORMS = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(CHECKOUT.glob("claims/*/form.schema.json"))]
WORDS = [
    *("type", "title", "description", "properties", "additionalProperties", "required", "items", "enum", "const"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "format"),
    *("$schema", "$ref", "x"),
]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["object", "string", "date", "[", "^a+$", "(?<a", "a", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=8,
)


@given(form=st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=5))
@settings(max_examples=400, deadline=None)
def test_what_is_recognised_is_a_json_schema(form: dict[str, Any]) -> None:
    if is_plain(form):
        jsonschema.Draft202012Validator.check_schema(form)


@given(form=st.sampled_from(FORMS), name=st.sampled_from(WORDS), value=VALUES)
@settings(max_examples=300, deadline=None)
def test_a_form_with_one_word_changed_is_recognised_only_if_it_holds(
    form: dict[str, Any], name: str, value: Any
) -> None:
    question, asked = next(iter(form["properties"].items()))
    changed = form | {"properties": form["properties"] | {question: asked | {name: value}}}
    if is_plain(changed):
        jsonschema.Draft202012Validator.check_schema(changed)


def test_the_forms_of_the_checkout_are_recognised() -> None:
    assert [each["title"] for each in FORMS if not is_plain(each)] == []


@pytest.mark.parametrize(
    "form",
    [{"type": "strin"}, {"pattern": "["}, {"required": ["a", "a"]}, {"minLength": -1}, {"properties": {"a": 1}}],
)
def test_what_is_no_json_schema_is_not_recognised(form: dict[str, Any]) -> None:
    assert not is_plain(form)
