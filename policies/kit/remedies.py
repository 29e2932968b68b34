"""What the asker can do about a refusal, by deciding rule and capacity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.judge import DEFAULT_DENY, POLICY_FAILED
from policies.kit.rules import Rule
from schema.terms import Capacity
from schema.text import Text

_ANY = "ANY"


class _Sentence(msgspec.Struct, forbid_unknown_fields=True):
    en: str
    lv: str


@dataclass(frozen=True, slots=True)
class Remedies:
    """Sentences by rule id, then by capacity or ``ANY``."""

    by_rule: Mapping[str, Mapping[str, Text]]

    def of(self, rules: Iterable[str], capacity: Capacity) -> Text:
        """The remedy of the first rule that has one; else that of ``default-deny``."""
        for rule in (*rules, DEFAULT_DENY):
            texts = self.by_rule.get(rule, {})
            if capacity.value in texts or _ANY in texts:
                return texts[capacity.value if capacity.value in texts else _ANY]
        raise LookupError(f"{DEFAULT_DENY} has no remedy for {_ANY}")

    @classmethod
    def load(cls, document: Document, rules: Iterable[Rule]) -> Remedies:
        """Read ``remedies.toml``.

        Raises:
            PolicyError: a forbid of ``rules`` has no remedy, or a remedy belongs to no forbid.
        """
        by_rule = document.toml_as(dict[str, dict[str, _Sentence]])
        forbids = {rule.id for rule in rules if rule.effect == "forbid"} | {DEFAULT_DENY, POLICY_FAILED}
        for rule, texts in by_rule.items():
            line = document.line_of_key(f"[{rule}]")
            if rule not in forbids:
                raise PolicyError(document.file, line, f"{rule} is no rule that forbids")
            for capacity, said in texts.items():
                if capacity != _ANY and capacity not in Capacity.__members__:
                    raise PolicyError(document.file, line, f"{capacity} is no capacity; {_ANY} stands for all others")
                if not said.en.strip() or not said.lv.strip():
                    raise PolicyError(document.file, line, f"the remedy of {rule} is empty")
        if missing := sorted(forbids - set(by_rule)):
            raise PolicyError(document.file, 1, f"no remedy for {', '.join(missing)}")
        if _ANY not in by_rule[DEFAULT_DENY]:
            raise PolicyError(document.file, document.line_of_key(f"[{DEFAULT_DENY}]"), f"{DEFAULT_DENY} needs {_ANY}")
        return cls(
            {
                rule: {capacity: Text(said.en, said.lv) for capacity, said in texts.items()}
                for rule, texts in by_rule.items()
            }
        )
