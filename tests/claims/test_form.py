"""Answers are checked, and never repeated."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.claims.form import Form
from policies.kit.policy_set import PolicySet
from schema.terms import ClaimTypeCode, ProblemCode

SECRET = "39100000011"
POLICIES = PolicySet.load()
FORM = Form(
    {
        "type": "object",
        "properties": {
            "tenure": {"enum": ["RENT", "OWN"]},
            "costs": {"type": "string", "pattern": "^[0-9]+$", "maxLength": 5},
            "from": {"type": "string", "format": "date"},
            "count": {"type": "integer", "maximum": 3},
            "a/b": {
                "type": "object",
                "required": ["x"],
                "properties": {"x": {"const": 1}},
                "additionalProperties": False,
            },
            "list": {"type": "array", "items": {"type": "string"}, "maxItems": 2, "uniqueItems": True},
            "either": {"oneOf": [{"required": ["p"]}, {"required": ["q"]}], "type": "object"},
        },
        "required": ["tenure", "costs"],
        "additionalProperties": False,
    }
)
GOOD: dict[str, Any] = {"tenure": "RENT", "costs": "310"}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"tenure": "RENT"}, "/answers/costs"),
        ({}, "/answers/tenure"),
        (GOOD | {"tenure": SECRET}, "/answers/tenure"),
        (GOOD | {"costs": "x" + SECRET}, "/answers/costs"),
        (GOOD | {"from": SECRET}, "/answers/from"),
        (GOOD | {"count": int(SECRET)}, "/answers/count"),
        (GOOD | {"unknown": SECRET}, "/answers/unknown"),
        (GOOD | {"u" * 80: SECRET}, "/answers"),
        (GOOD | {"39100000011": SECRET}, "/answers"),
        (GOOD | {"of 391000-00011": SECRET}, "/answers"),
        (GOOD | {"a/b": {}}, "/answers/a~1b/x"),
        (GOOD | {"a/b": {"x": SECRET}}, "/answers/a~1b/x"),
        (GOOD | {"list": ["a", 1]}, "/answers/list/1"),
        (GOOD | {"list": [SECRET, SECRET]}, "/answers/list"),
        (GOOD | {"either": {}}, "/answers/either"),
        ([SECRET], "/answers"),
        (None, "/answers"),
    ],
)
def test_the_first_wrong_answer_is_named_and_no_value_is_repeated(answers: object, field: str) -> None:
    problem = FORM.problem(answers, complete=True)
    assert problem is not None
    assert (problem.code, problem.field) == (ProblemCode.ANSWERS_INVALID, field)
    assert SECRET not in problem.message


def test_good_answers_have_no_problem() -> None:
    assert FORM.problem(GOOD | {"either": {"p": 1}, "from": "2026-11-23"}, complete=True) is None


@pytest.mark.parametrize("answers", [{}, {"tenure": "OWN"}, {"a/b": {}}, {"either": {}}])
def test_a_draft_may_be_unfinished(answers: object) -> None:
    assert FORM.problem(answers, complete=False) is None


@pytest.mark.parametrize("answers", [{"tenure": "LOAN"}, {"unknown": 1}, {"either": {"p": 1, "q": 2}}])
def test_a_draft_may_not_be_wrong(answers: object) -> None:
    assert FORM.problem(answers, complete=False) is not None


def test_answers_nested_too_deeply_are_a_problem_and_no_crash() -> None:
    form = Form(
        {"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "additionalProperties": {"$ref": "#/$defs/n"}}}}
    )
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"d": deep}
    assert form.problem(deep, complete=True) is not None


@pytest.mark.parametrize("value", ["\ud800", float("nan"), [float("inf")]])
def test_what_could_not_be_kept_is_a_problem(value: object) -> None:
    form = Form({"type": "object"})
    assert form.problem({"x": value}, complete=False) is not None
    assert form.problem({"x": "ā\U0001f600"}, complete=False) is None


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x0c", "\x1b", "\ufffe", "\uffff"])
@pytest.mark.parametrize("complete", [True, False])
def test_signs_that_owners_cannot_be_sent_are_a_problem_before_the_claim_is_accepted(sign: str, complete: bool) -> None:
    """Pasted from a text processor; XML has no way to write them."""
    form = Form({"type": "object"})
    answers = {"first": "so\r\n\tand", "children": [{"a/b": "so"}, {"a/b": f"so{sign}so"}], "last": sign}
    problem = form.problem(answers, complete=complete)
    assert problem is not None
    assert (problem.code, problem.field) == (ProblemCode.ANSWERS_INVALID, "/answers/children/1/a~1b")
    assert form.problem({f"x{sign}": 1}, complete=complete) is not None


def test_a_form_that_is_no_schema_does_not_load() -> None:
    with pytest.raises(ValueError, match="JSON Schema"):
        Form({"type": "nonsense"})


@pytest.mark.parametrize(
    ("claim_type", "name"),
    [("kindergarten-queue", "wantedFrom"), ("old-age-pension", "from"), ("residence-declaration", "from")],
)
def test_a_day_that_there_is_not_is_told_before_the_claim_is_accepted(claim_type: str, name: str) -> None:
    """Contracts of owners have days: such a claim could be sent to nobody."""
    module = POLICIES.claim_types[ClaimTypeCode(claim_type)]
    form = Form(module.form)
    assert form.problem(module.answers, complete=True) is None
    for day in ("2027-02-30", "2027-00-10", "0000-01-01"):
        problem = form.problem(dict(module.answers) | {name: day}, complete=False)
        assert problem is not None
        assert problem.field == f"/answers/{name}"
