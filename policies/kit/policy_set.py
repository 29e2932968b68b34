"""The policies as loaded: who may, decided by Cedar from facts, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cedarpy
from cedarpy import pst

from policies.kit.claim_type import ClaimTypeModule, load_claim_type, module_documents
from policies.kit.documents import Document, digest
from policies.kit.errors import PolicyError
from policies.kit.facts import Facts, Question, Verdict
from policies.kit.field_access import FieldAccess
from policies.kit.judge import DEFAULT_DENY, ClaimTypeFacts, Judge
from policies.kit.remedies import Remedies
from policies.kit.rules import Rule, parse_rules, parse_schema
from schema.terms import ClaimAction, ClaimTypeCode

CHECKOUT = Path(__file__).resolve().parents[1]
REMEMBERED = 16_384
"""Verdicts kept at most. Facts are positions, not people: one claim type has some hundreds that occur."""

_COMMON_DATA = ("schema.cedarschema", "fields.toml", "remedies.toml")
_NO_CLAIM_TYPE = "No policy knows this claim type."


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every claim type."""

    schema: cedarpy.Schema
    rules: tuple[Rule, ...]
    fields: FieldAccess
    remedies: Remedies
    version: str

    @classmethod
    def load(cls, folder: Path) -> Common:
        """Read ``policies/common``. Raises: PolicyError."""
        documents: dict[str, Document] = {}
        for file in sorted(folder.iterdir()):
            if file.name == "README.md":
                continue
            if file.suffix != ".cedar" and file.name not in _COMMON_DATA:
                raise PolicyError(file, 1, f"nobody reads this file; here are *.cedar, {', '.join(_COMMON_DATA)}")
            documents[file.name] = Document.read(file)
        for name in _COMMON_DATA:
            documents.setdefault(name, Document.read(folder / name))
        schema = parse_schema(documents["schema.cedarschema"])
        cedar = [document for name, document in documents.items() if name.endswith(".cedar")]
        rules = tuple(rule for document in cedar for rule in parse_rules(document, schema))
        _check_unique(rules)
        if not any(_never_decides(rule) for rule in rules):
            raise PolicyError(folder, 1, "no unconditional rule forbids DECIDE to third parties")
        return cls(
            schema,
            rules,
            FieldAccess.load(documents["fields.toml"]),
            Remedies.load(documents["remedies.toml"], rules),
            digest((name, document.content) for name, document in documents.items()),
        )


class PolicySet:
    """Every rule, claim type and field class, checked; decides from facts alone.

    Args:
        common: what holds for every claim type.
        modules: the claim types with the rules of each.
    """

    def __init__(self, common: Common, modules: Sequence[tuple[ClaimTypeModule, tuple[Rule, ...]]]) -> None:
        self.fields = common.fields
        self.rules: tuple[Rule, ...] = (*common.rules, *(rule for _, own in modules for rule in own))
        self.claim_types: Mapping[ClaimTypeCode, ClaimTypeModule] = {module.code: module for module, _ in modules}
        self.version = digest(
            [("common", common.version.encode())]
            + [(module.code.text, module.policy_version.encode()) for module, _ in modules]
        )
        self._remedies = common.remedies
        handle = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in common.rules))
        self._judges = {
            (module.code, built): Judge(
                ClaimTypeFacts(module.code, module.level, built, module.open_to_third_parties, module.mandates),
                handle,
                common.rules,
                own,
                common.schema,
            )
            for module, own in modules
            for built in {module.open, True}
        }
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._decide)

    @classmethod
    def load(cls, *folders: Path) -> PolicySet:
        """Read and check everything.

        Args:
            folders: each with ``claims/<type>/``; one of them may have ``common/``, else the checkout's is used. None
                given: the checkout's ``policies``.

        Raises:
            PolicyError: anything does not hold.
        """
        places = folders or (CHECKOUT,)
        commons = [place / "common" for place in places if (place / "common").is_dir()] or [CHECKOUT / "common"]
        if len(commons) > 1:
            raise PolicyError(commons[1], 1, "common rules come from one folder")
        common = Common.load(commons[0])
        modules: list[tuple[ClaimTypeModule, tuple[Rule, ...]]] = []
        for place in places:
            if not (place / "claims").is_dir():
                raise PolicyError(place, 1, "a folder of policies has a folder claims")
            for folder in sorted(path for path in (place / "claims").iterdir() if path.is_dir()):
                documents = module_documents(folder)
                module = load_claim_type(documents, common.fields, common.version)
                if any(other.code == module.code for other, _ in modules):
                    raise PolicyError(folder, 1, f"a second claim type has the code {module.code}")
                modules.append((module, parse_rules(documents["policy.cedar"], common.schema)))
        _check_unique([*common.rules, *(rule for _, own in modules for rule in own)])
        return cls(common, modules)

    def decide(self, facts: Facts, question: Question) -> Verdict:
        """What the policies say; never raises, default deny. A claim type that is not loaded is refused."""
        module = self.claim_types.get(facts.claim_type)
        return self._remembered(facts, question, module is not None and module.open)

    def rehearse(self, facts: Facts, question: Question) -> Verdict:
        """As :meth:`decide`, as if new claims of the type were taken: for examples and for words, never to allow."""
        return self._remembered(facts, question, True)

    def _decide(self, facts: Facts, question: Question, built: bool) -> Verdict:
        judge = self._judges.get((facts.claim_type, built))
        verdict = judge.decide(facts, question) if judge else Verdict(False, (DEFAULT_DENY,), _NO_CLAIM_TYPE)
        return verdict if verdict.allowed else replace(verdict, remedy=self._remedies.of(verdict.rules, facts.capacity))


def _check_unique(rules: Sequence[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            raise PolicyError(
                rule.file, rule.line, f"{first.file.parent.name}/{first.file.name} has the id {rule.id} already"
            )


def _never_decides(rule: Rule) -> bool:
    node = rule.node
    return (
        rule.effect == "forbid"
        and not node.clauses
        and isinstance(node.principal, pst.ScopeIs)
        and node.principal.entity_type.basename == "ThirdPartyWorker"
        and isinstance(node.action, pst.ActionEq)
        and node.action.entity.id == ClaimAction.DECIDE
        and isinstance(node.resource, pst.ScopeAny)
    )
