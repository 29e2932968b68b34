"""The answers of housing-benefit: exactly three, and each as it must be."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from policies.kit.policy_set import PolicySet
from schema.terms import ClaimTypeCode

RIGHT = {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"}


@pytest.fixture
def form(policies: PolicySet) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(policies.claim_types[ClaimTypeCode.parse("housing-benefit")].form)


@pytest.mark.parametrize("change", [{}, {"tenure": "OWN"}, {"monthlyCosts": "0"}, {"monthlyCosts": "1234"}])
def test_right_answers_are_accepted(form: jsonschema.Draft202012Validator, change: dict[str, Any]) -> None:
    assert form.is_valid({**RIGHT, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"tenure": "rent"}, {"tenure": None}, {"monthlyCosts": 310.5}, {"monthlyCosts": "310,50"},
        {"monthlyCosts": "-1"}, {"monthlyCosts": "1e3"}, {"monthlyCosts": "310.505"}, {"monthlyCosts": "310.50\n"},
        {"monthlyCosts": "٣"}, {"account": "lv80bank0000435195001"}, {"account": "LV80BANK0000435195001\n"},
        {"account": "LV80 BANK 0000 4351 9500 1"}, {"account": ""}, {"note": "more"},
    ],
)  # fmt: skip
def test_wrong_answers_are_refused(form: jsonschema.Draft202012Validator, change: dict[str, Any]) -> None:
    assert not form.is_valid({**RIGHT, **change})


@pytest.mark.parametrize("missing", sorted(RIGHT))
def test_every_answer_is_required(form: jsonschema.Draft202012Validator, missing: str) -> None:
    assert not form.is_valid({name: answer for name, answer in RIGHT.items() if name != missing})


def test_every_claim_type_has_complete_answers_that_its_form_accepts(policies: PolicySet) -> None:
    for module in policies.claim_types.values():
        validator = jsonschema.Draft202012Validator(module.form)
        assert validator.is_valid(module.answers), module.code
        assert not validator.is_valid({**module.answers, "more": 1}), module.code
