"""What people read is written in English and Latvian side by side; what is new and is not fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from gateway.claims.problems import Problem
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, ErrorCode, ProblemCode
from schema.text import Text
from tests.architecture.sources import Module, modules

TOLD = {
    *("FieldError", "RequestError", "Problem", "Refused", "Unauthenticated", "NotSigned", "IdentityInvalid"),
    *("NotStrictJson", "refusal", "error_body", "_give_up", "_invalid", "_not_allowed", "_wrong"),
}
"""What takes a message or a remedy for whoever asks."""
ALIKE = re.compile(r"[^A-Za-zĀ-ž]*(`[^`]*`|\{\w+\}|[^A-Za-zĀ-ž])*")
"""A text without a word of any language."""
ENGLISH = re.compile(r"\b(the|is|are|was|not|of|this|that|and|with|your|you|for|has|have|be|by)\b", re.IGNORECASE)
OF_THE_PORTAL = re.compile(r"gateway/(edge/)?(tracker|portal)\w*\.py")
"""A machine's interface in the words of its own specification."""


@cache
def ours() -> tuple[Module, ...]:
    return tuple(modules("gateway", "schema", "policies"))


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of functions of these names, with where they stand."""
    for module in ours():
        if OF_THE_PORTAL.fullmatch(module.path.as_posix()):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield f"{module.path}:{node.lineno}", node


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text that is written out, in English and Latvian, with where it stands."""
    for place, call in calls("Text"):
        values = [each.value for each in call.args if isinstance(each, ast.Constant)]
        if len(values) == 2:
            yield place, str(values[0]), str(values[1])


def test_every_text_says_the_same_in_latvian() -> None:
    written = list(texts())
    assert len(written) > 150
    for place, english, latvian in written:
        assert english.strip(), place
        assert english != latvian or ALIKE.fullmatch(english) or english.startswith(("Send X-", "`case")), place
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", latvian)), place
        assert (english[-1] in ".:") == (latvian[-1] in ".:"), place
        quoted = [set(re.findall(r"`[^`]+`", each)) for each in (english, latvian)]
        assert quoted[0] == quoted[1], place
        without_code = re.sub(r"`[^`]*`|\{[^}]*\}", "", latvian)
        assert not ENGLISH.search(without_code), (place, latvian)


def _is_plain(node: ast.expr) -> bool:
    """A sentence in one language: words, not a name, a code or a pointer."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(each, ast.Constant) and " " in str(each.value) for each in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


def test_nothing_is_said_in_one_language_alone() -> None:
    found = [
        place
        for place, call in calls(*TOLD)
        if any(_is_plain(each) for each in (*call.args, *(keyword.value for keyword in call.keywords)))
    ]
    assert found == []


def test_every_code_of_an_error_and_of_a_problem_is_said_in_both_languages() -> None:
    said: dict[str, set[str]] = {"ErrorCode": set(), "ProblemCode": set()}
    for module in ours():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in said:
                said[node.value.id].add(node.attr)
    assert said["ErrorCode"] == set(ErrorCode.__members__)
    assert said["ProblemCode"] == set(ProblemCode.__members__)
    problems = {
        each.code
        for module in _modules_with_problems()
        for each in vars(module).values()
        if isinstance(each, Problem) and isinstance(each.message, Text) and each.message.lv
    }
    # Said where they are found out, each by a Text: see the test above.
    assert problems == set(ProblemCode)


def _modules_with_problems() -> list[object]:
    from gateway.claims import problems
    from gateway.desk import acting, mandates, newclaim, thirdparties

    return [problems, acting, mandates, newclaim, thirdparties]


def test_every_remedy_of_the_policies_is_said_in_both_languages() -> None:
    policies = PolicySet.load()
    remedies = policies.common.remedies
    for rule, by_capacity in remedies.by_rule.items():
        for capacity, said in by_capacity.items():
            assert said.lv.strip(), (rule, capacity)
            assert said.lv != str(said), (rule, capacity)
            assert not ENGLISH.search(re.sub(r"`[^`]*`", "", said.lv)), (rule, said.lv)
            assert set(re.findall(r"`[^`]+`", said)) == set(re.findall(r"`[^`]+`", said.lv)), rule
    for rule in (*remedies.by_rule, "nobody-wrote-this"):
        for capacity in Capacity:
            assert remedies.of([rule], capacity).lv


def test_why_evidence_is_needed_is_said_in_both_languages() -> None:
    """Of every claim type of this checkout; one from elsewhere may have English alone."""
    reasons = {each.reason for kind in PolicySet.load().claim_types.values() for each in kind.evidence}
    assert len(reasons) > 40
    assert [each for each in reasons if not isinstance(each, Text) or each.lv == each or ENGLISH.search(each.lv)] == []
