"""What the asker can do about a refusal, by deciding rule and capacity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.judge import DEFAULT_DENY, POLICY_FAILED
from policies.kit.rules import Rule
from schema.terms import Capacity

_ANY = "ANY"


@dataclass(frozen=True, slots=True)
class Remedies:
    """Sentences by rule id, then by capacity or ``ANY``."""

    by_rule: Mapping[str, Mapping[str, str]]

    def of(self, rules: Iterable[str], capacity: Capacity) -> str:
        """The remedy of the first rule that has one; else that of ``default-deny``."""
        for rule in (*rules, DEFAULT_DENY):
            texts = self.by_rule.get(rule, {})
            if capacity.value in texts or _ANY in texts:
                return texts.get(capacity.value, texts.get(_ANY, ""))
        return ""

    @classmethod
    def load(cls, document: Document, rules: Iterable[Rule]) -> Remedies:
        """Read ``remedies.toml``.

        Raises:
            PolicyError: a forbid of ``rules`` has no remedy, or a remedy belongs to no forbid.
        """
        by_rule = document.toml_as(dict[str, dict[str, str]])
        forbids = {rule.id for rule in rules if rule.effect == "forbid"} | {DEFAULT_DENY, POLICY_FAILED}
        for rule, texts in by_rule.items():
            line = document.line_of_key(f"[{rule}]")
            if rule not in forbids:
                raise PolicyError(document.file, line, f"{rule} is no rule that forbids")
            for capacity, text in texts.items():
                if capacity != _ANY and capacity not in Capacity.__members__:
                    raise PolicyError(document.file, line, f"{capacity} is no capacity; {_ANY} stands for all others")
                if not text.strip():
                    raise PolicyError(document.file, line, f"the remedy of {rule} is empty")
        if missing := sorted(forbids - set(by_rule)):
            raise PolicyError(document.file, 1, f"no remedy for {', '.join(missing)}")
        if _ANY not in by_rule[DEFAULT_DENY]:
            raise PolicyError(document.file, document.line_of_key(f"[{DEFAULT_DENY}]"), f"{DEFAULT_DENY} needs {_ANY}")
        return cls(by_rule)
