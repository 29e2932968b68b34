"""What a decision costs, printed (pytest -s); what the verdict goes by is who is asked, not how long it takes."""

from __future__ import annotations

import sys

import pytest

from policies.kit import policy_set
from policies.kit.policy_set import PolicySet
from policies.kit.slices import Slice
from tests.policies.decision_cost import ask, questions


def test_a_decision_is_remembered() -> None:
    policies = PolicySet.load()
    asked = questions(policies)
    first = ask(policies, asked)
    again = ask(policies, asked)
    each = [seconds * 1e6 / len(asked) for seconds in (first, again)]
    sys.stdout.write(f"{len(asked)} decisions: {each[0]:.1f} µs each the first time, {each[1]:.2f} µs remembered\n")
    assert len(asked) < policy_set.REMEMBERED
    with pytest.MonkeyPatch.context() as forgetting:
        forgetting.setattr(Slice, "known", _asked_again)
        ask(policies, asked)


def _asked_again(*_: object) -> None:
    raise AssertionError("a decision that was taken is taken anew")
