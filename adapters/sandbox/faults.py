"""Faults on demand: which ones are set, and which one the next call meets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from adapters.sandbox.exchange import Kind


class Fault(StrEnum):
    """Everything that can be made to go wrong; ``demo.md`` of the design names them."""

    REFUSE = "refuse"
    RESET = "reset"
    RESET_MID_BODY = "reset_mid_body"
    HANG = "hang"
    SLOW_BODY = "slow_body"
    HTTP_500_HTML = "http_500_html"
    HTTP_200_HTML = "http_200_html"
    SOAP_FAULT_200 = "soap_fault_200"
    SOAP_FAULT_500 = "soap_fault_500"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    EMPTY = "empty"
    WRONG_PERSON = "wrong_person"
    TWO_PERSONS = "two_persons"
    MISSING_FIELD = "missing_field"
    HUGE = "huge"
    ENTITY_BOMB = "entity_bomb"
    REDIRECT = "redirect"
    COMMIT_THEN_RESET = "commit_then_reset"
    COMMIT_THEN_500 = "commit_then_500"
    RESET_BEFORE_COMMIT = "reset_before_commit"
    REJECT = "reject"
    DECLARED_FAULT = "declared_fault"
    STALE_DATA = "stale_data"


OUTAGES = frozenset({Fault.REFUSE, Fault.RESET, Fault.HANG, Fault.HTTP_500_HTML})
"""What a ping meets too, where the whole register is set to it."""
DELIVERY_ONLY = frozenset({Fault.COMMIT_THEN_RESET, Fault.COMMIT_THEN_500, Fault.RESET_BEFORE_COMMIT, Fault.REJECT})


@dataclass(slots=True)
class Rule:
    """One fault that is set. ``fault`` None only delays; ``count`` is how many calls it still meets, None: all."""

    operation: str | None
    fault: Fault | None
    latency_ms: int
    share: float
    count: int | None

    def concerns(self, operation: str, kind: Kind) -> bool:
        """Whether a call of this operation can meet it."""
        if self.fault in DELIVERY_ONLY and kind is not Kind.DELIVER:
            return False
        return self.operation in (None, operation)


class FaultBox:
    """The faults of one register.

    Args:
        seed: of the draw by share, so that a run can be repeated.
    """

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 - draws faults, keeps no secret
        self.rules: list[Rule] = []

    def set(self, rule: Rule) -> None:
        """Add a rule; the same fault on the same operation is replaced, different ones add up by share."""
        self.rules = [one for one in self.rules if (one.operation, one.fault) != (rule.operation, rule.fault)]
        self.rules.append(rule)

    def clear(self) -> None:
        """Take all faults away."""
        self.rules = []

    def draw(self, operation: str, kind: Kind) -> tuple[Fault | None, int]:
        """The fault that this call meets, if any, and its delay in milliseconds. Uses up counts.

        Shares that add up to more than one are scaled down, so that none is crowded out.
        """
        matching = [rule for rule in self.rules if rule.concerns(operation, kind)]
        delay = sum(rule.latency_ms for rule in matching if rule.fault is None and self._hits(rule.share))
        point = self._random.random() * max(1.0, sum(rule.share for rule in matching if rule.fault is not None))
        for rule in matching:
            if rule.fault is None:
                continue
            if point < rule.share:
                self._use_up(rule)
                return rule.fault, delay + rule.latency_ms
            point -= rule.share
        return None, delay

    def outage(self) -> Fault | None:
        """The fault that takes the whole register down for good, if one is set."""
        for rule in self.rules:
            if rule.fault in OUTAGES and rule.operation is None and rule.count is None and rule.share == 1:
                return rule.fault
        return None

    def _hits(self, share: float) -> bool:
        return self._random.random() < share

    def _use_up(self, rule: Rule) -> None:
        if rule.count is not None:
            rule.count -= 1
            if rule.count <= 0:
                self.rules.remove(rule)
