"""What policies cost, in processor time: ``python -m tests.policies.decision_cost``.

The first time and remembered, of one decision; loading, reloading and the first request after it, of many claim types.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.kit.facts import Facts, Question, ReadScope
from policies.kit.folders import CHECKOUT
from policies.kit.policy_set import PolicySet
from policies.kit.reload import ready
from policies.kit.slices import Slice
from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus
from tests.policies.generated import generate

ROUNDS = 5
CLAIM_TYPES = 400


def main() -> None:
    """Print the table."""
    policies = PolicySet.load()
    asked = questions(policies)
    row("one decision, the first time", best(lambda: first_time(asked)) / len(asked) * 1e6, "µs")
    with pytest.MonkeyPatch.context() as asking:
        asking.setattr(Slice, "known", lambda *_: None)
        row("the same, where Cedar is asked each time", best(lambda: first_time(asked)) / len(asked) * 1e6, "µs")
    for facts, question in asked:
        policies.decide(facts, question)
    row("one decision, remembered", best(lambda: ask(policies, asked)) / len(asked) * 1e6, "µs")
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        codes = generate(own, CLAIM_TYPES)
        row(f"load {CLAIM_TYPES} generated claim types", once(lambda: PolicySet.load(CHECKOUT, own)) * 1e3, "ms")
        row("the same, with all their examples", once(lambda: ready(CHECKOUT, own)) * 1e3, "ms")
        before = ready(CHECKOUT, own)
        wanted = questions(before)[:: len(before.claim_types)]
        ask(before, wanted)
        touch(own / codes[0] / "policy.cedar")
        row("reload after a change of one", once(lambda: ready(CHECKOUT, own, earlier=before)) * 1e3, "ms")
        after = ready(CHECKOUT, own, earlier=before)
        row(f"{len(wanted)} decisions asked before, after it", once(lambda: ask(after, wanted)) * 1e3, "ms")


def questions(policies: PolicySet) -> list[tuple[Facts, Question]]:
    """Every capacity with every claim type in every status, made in every channel."""
    return [
        (
            Facts(capacity, code, status, channel=channel, assurance=AssuranceLevel.HIGH, is_applicant=True),
            Question(ClaimAction.READ, ReadScope.CLAIM),
        )
        for capacity in Capacity
        for status in ClaimStatus
        for channel in Channel
        for code in policies.claim_types
    ]


def first_time(asked: list[tuple[Facts, Question]]) -> float:
    """Seconds for decisions that nobody asked before, on a set of its own."""
    policies = PolicySet.load()
    return once(lambda: ask(policies, asked))


def ask(policies: PolicySet, asked: list[tuple[Facts, Question]]) -> float:
    """Seconds for all decisions."""
    begin = time.process_time()
    for facts, question in asked:
        policies.decide(facts, question)
    return time.process_time() - begin


def touch(file: Path) -> None:
    """Change a file without changing what it says."""
    file.write_bytes(file.read_bytes() + b"\n")


def once(what: Callable[[], object]) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    what()
    return time.process_time() - begin


def best(measured: Callable[[], float]) -> float:
    """The least of several measurements: what the machine's other work adds is no cost of ours."""
    return min(measured() for _ in range(ROUNDS))


def row(what: str, value: float, unit: str) -> None:
    """One line of the table."""
    sys.stdout.write(f"{what:<45} {value:>10.2f} {unit}\n")


if __name__ == "__main__":
    main()
