"""What a door leaves open of a plan, and how what it does not is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.plan import refusals
from gateway.plan.compile import FieldPlan
from policies.kit.facts import Facts, Verdict
from schema.ports import FieldError
from schema.terms import ClaimAction, ErrorCode
from schema.text import Text

NOT_OPEN = "default-deny"


def refusal(message: Text, rule: str = NOT_OPEN, remedy: Text | None = None) -> FieldError:
    """A field that is refused."""
    return FieldError(ErrorCode.FORBIDDEN, message, rule=rule, remedy=remedy)


def to_nobody(coordinate: str) -> FieldError:
    """The refusal of a field that nothing opens."""
    return refusal(refusals.TO_NOBODY.filled(coordinate=coordinate), remedy=refusals.LEAVE_IT_OUT)


def refused_by(verdict: Verdict) -> FieldError:
    """The refusal of a verdict."""
    return refusal(verdict.reason, ", ".join(verdict.rules), verdict.remedy)


@dataclass(slots=True, eq=False)
class Judgement:
    """What a door leaves open of the fields below it. A field that nobody judged is refused.

    Equal to itself alone: who goes through a list compares the judgement of each claim with that of the one before.
    """

    opened: set[int] = field(default_factory=set)
    refused: dict[int, FieldError] = field(default_factory=dict)
    permitted_fields: dict[str, str] = field(default_factory=dict)
    """Path -> coordinate of what is open, as the log names it."""
    denied_fields: dict[str, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    """Path of each open field, as the log names it."""
    permits: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the rules that open a field; empty where it is open without any."""
    rules: set[str] = field(default_factory=set)
    denied_rules: set[str] = field(default_factory=set)
    action: ClaimAction = ClaimAction.READ
    """READ_EVIDENCE as soon as any evidence is open."""
    denied_action: ClaimAction = ClaimAction.READ
    below: dict[int, dict[str, str]] = field(default_factory=dict)
    """Path -> coordinate of what is open at and below a field; see :meth:`opened_below`."""
    summaries: dict[str, Any] = field(default_factory=dict)
    """What the log says of this judgement; the log's business."""
    applicant_type: str | None = None
    """CLAIM doors: the object type of the applicant; the other type of the union is not asked of it."""
    facts: Facts | None = None
    """CLAIM doors: what was judged."""
    logs: str = ""
    """The one field that the log tells of, with all below it; empty: every field."""

    def tells(self, name: str) -> bool:
        """Whether the log tells of a path."""
        return not self.logs or name.partition(".")[0] == self.logs

    def opened_below(self, plan: FieldPlan) -> dict[str, str]:
        """Path -> coordinate of what is open at and below a field. Shared: not to be changed."""
        known = self.below.get(plan.id)
        if known is None:
            path = self.names.get(plan.id)
            known = self.below[plan.id] = {
                name: coordinate
                for name, coordinate in self.permitted_fields.items()
                if path is not None and (name == path or name.startswith((path + ".", path + "(")))
            }
        return known

    def refusal(self, plan: FieldPlan) -> FieldError | None:
        """Why the field is refused; None where it is open."""
        if plan.id in self.opened:
            return None
        return self.refused.get(plan.id) or to_nobody(plan.coordinate)
