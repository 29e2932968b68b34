"""The policies as loaded: who may, decided by Cedar from facts, and remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import cedarpy
from cedarpy import pst

from policies.kit.claim_type import ClaimTypeModule, load_claim_type, module_documents, module_version
from policies.kit.documents import Document, digest
from policies.kit.errors import PolicyError
from policies.kit.facts import Facts, Question, Verdict
from policies.kit.field_access import FieldAccess
from policies.kit.folders import CHECKOUT, claim_type_folders, common_folder, parties_folder
from policies.kit.judge import DEFAULT_DENY, ClaimTypeFacts, Judge
from policies.kit.party_rules import PartyRules
from policies.kit.remedies import Remedies
from policies.kit.rules import Rule, parse_rules, parse_schema
from policies.kit.slices import Slices
from schema.terms import ClaimAction, ClaimTypeCode
from schema.text import Text

__all__ = ["CHECKOUT", "Common", "LoadedType", "PolicySet"]

REMEMBERED = 16_384
"""Verdicts kept at most. Facts are positions, not people: one claim type has some hundreds that occur."""

_COMMON_DATA = ("schema.cedarschema", "fields.toml", "remedies.toml")
Asked = tuple[Facts, Question, bool]
"""Facts, question, and whether the claim type counts as taken."""
_NO_CLAIM_TYPE = Text("No policy knows this claim type.", "Šādu iesnieguma veidu noteikumi nepazīst.")


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every claim type."""

    folder: Path
    schema: cedarpy.Schema
    rules: tuple[Rule, ...]
    handle: cedarpy.PolicySet
    """The rules, parsed."""
    slices: Slices
    fields: FieldAccess
    remedies: Remedies
    version: str

    @classmethod
    def load(cls, folder: Path, earlier: Common | None = None) -> Common:
        """Read ``policies/common``.

        Args:
            earlier: is given back where the same bytes say the same.

        Raises:
            PolicyError: anything does not hold.
        """
        documents = Document.read_folder(folder, _COMMON_DATA)
        version = digest((name, document.content) for name, document in documents.items())
        if earlier is not None and (earlier.folder, earlier.version) == (folder, version):
            return earlier
        schema = parse_schema(documents["schema.cedarschema"])
        cedar = [document for name, document in documents.items() if name.endswith(".cedar")]
        rules = tuple(rule for document in cedar for rule in parse_rules(document, schema))
        _check_unique(rules)
        if not any(_never_decides(rule) for rule in rules):
            raise PolicyError(folder, 1, "no unconditional rule forbids DECIDE to third parties")
        return cls(
            folder,
            schema,
            rules,
            cedarpy.PolicySet.from_str("\n".join(rule.text for rule in rules)),
            Slices(rules),
            FieldAccess.load(documents["fields.toml"]),
            Remedies.load(documents["remedies.toml"], rules),
            version,
        )


@dataclass(frozen=True, slots=True, eq=False)
class LoadedType:
    """A claim type as it was read: its data, its own rules, and who decides by them and the common ones."""

    folder: Path
    module: ClaimTypeModule
    rules: tuple[Rule, ...]
    judges: Mapping[bool, Judge]
    """By whether claims of the type are taken."""

    @classmethod
    def load(cls, folder: Path, common: Common, earlier: LoadedType | None = None) -> LoadedType:
        """Read one folder.

        Args:
            earlier: of the same folder under the same common rules; is given back where the same bytes say the same.

        Raises:
            PolicyError: anything does not hold.
        """
        documents = module_documents(folder)
        if earlier is not None and earlier.module.policy_version == module_version(documents, common.version):
            return earlier
        module = load_claim_type(documents, common.fields, common.version)
        own = parse_rules(documents["policy.cedar"], common.schema)
        _check_unique([*common.rules, *own])
        judges = {
            built: Judge(
                ClaimTypeFacts(module.code, module.level, built, module.open_to_third_parties, module.mandates),
                common.handle,
                common.rules,
                own,
                common.schema,
                common.slices,
            )
            for built in {module.open, True}
        }
        return cls(folder, module, own, judges)


class PolicySet:
    """Every rule, claim type and field class, checked; decides from facts alone.

    Nothing of a set changes once it is made but what it remembers, so that threads share it.

    Args:
        common: what holds for every claim type.
        loaded: the claim types.
        parties: the rules about mandates and third parties; the checkout's where none are given.
    """

    def __init__(self, common: Common, loaded: Sequence[LoadedType], parties: PartyRules | None = None) -> None:
        self.common = common
        self.parties = PartyRules.load() if parties is None else parties
        self.loaded: Mapping[ClaimTypeCode, LoadedType] = {each.module.code: each for each in loaded}
        self.fields = common.fields
        self.rules: tuple[Rule, ...] = (*common.rules, *(rule for each in loaded for rule in each.rules))
        self.reasons: Mapping[str, Text] = {rule.id: rule.said for rule in self.rules}
        """The sentence of each rule, by its id."""
        self.reasons_lv: Mapping[str, str] = {rule.id: rule.reason_lv or rule.reason for rule in self.rules}
        """The same in Latvian; in English where a rule has none."""
        self.reasons_in_words = {each: (self.reasons_lv[each], said) for each, said in self.reasons.items()}
        """Both, in Latvian and in English."""
        self.claim_types: Mapping[ClaimTypeCode, ClaimTypeModule] = {
            code: each.module for code, each in self.loaded.items()
        }
        self.max_ages: Mapping[ClaimTypeCode, timedelta] = {
            code: module.max_age for code, module in self.claim_types.items()
        }
        """How old data may be that is read for a claim of each type."""
        self.ages_differ = len(set(self.max_ages.values())) > 1
        """Of some types it may be older than of others."""
        self.version = digest(
            [("common", common.version.encode()), ("parties", self.parties.version.encode())]
            + [(code.text, module.policy_version.encode()) for code, module in self.claim_types.items()]
        )
        self._remembered: dict[Asked, Verdict] = {}
        # What is thrown out is chosen by one thread at a time: mutations decide in the store's.
        self._making_room = threading.Lock()

    @classmethod
    def load(
        cls, *folders: Path, earlier: PolicySet | None = None, pause: Callable[[], None] | None = None
    ) -> PolicySet:
        """Read and check everything.

        Args:
            folders: each with folders of claim types, or with those in ``claims/``; one of them may have ``common/``,
                and one ``parties/``, else the checkout's are used. None given: the checkout's ``policies``.
            earlier: what did not change since is taken from there, not read again.
            pause: is called between claim types, so that others have their turn.

        Raises:
            PolicyError: anything does not hold.
        """
        places = folders or (CHECKOUT,)
        common = Common.load(common_folder(places), None if earlier is None else earlier.common)
        parties = PartyRules.load(parties_folder(places), None if earlier is None else earlier.parties)
        before = (
            {}
            if earlier is None or earlier.common is not common
            else {each.folder: each for each in earlier.loaded.values()}
        )
        loaded: dict[ClaimTypeCode, LoadedType] = {}
        for folder in (folder for place in places for folder in claim_type_folders(place)):
            each = LoadedType.load(folder, common, before.get(folder))
            first = loaded.setdefault(each.module.code, each)
            if first is not each:
                raise PolicyError(
                    folder, 1, f"a second claim type has the code {each.module.code}; the first is in {first.folder}"
                )
            if pause is not None:
                pause()
        _check_unique([*common.rules, *(rule for each in loaded.values() for rule in each.rules)])
        return cls(common, list(loaded.values()), parties)

    def decide(self, facts: Facts, question: Question) -> Verdict:
        """What the policies say; never raises, default deny. A claim type that is not loaded is refused."""
        module = self.claim_types.get(facts.claim_type)
        asked = (facts, question, module is not None and module.open)
        return self._remembered.get(asked) or self._decided(asked)

    def rehearse(self, facts: Facts, question: Question) -> Verdict:
        """As :meth:`decide`, as if new claims of the type were taken: for examples and for words, never to allow."""
        asked = (facts, question, True)
        return self._remembered.get(asked) or self._decided(asked)

    def remember(self, earlier: PolicySet, pause: Callable[[], None] | None = None) -> None:
        """Decide what an earlier set was asked, so that nobody who asks it again waits.

        What neither the claim type's folder nor the common rules changed is as it was, and is taken over.
        """
        for (facts, question, built), verdict in list(earlier._remembered.items()):
            mine = self.loaded.get(facts.claim_type)
            if mine is None or built not in mine.judges:
                continue
            asked = (facts, question, built)
            if mine is earlier.loaded.get(facts.claim_type):
                self._remembered.setdefault(asked, verdict)
            elif asked not in self._remembered:
                self._decided(asked)
                if pause is not None:
                    pause()

    def rules_for(self, code: ClaimTypeCode) -> tuple[Rule, ...]:
        """The common rules and the claim type's own, in the order of their files."""
        return (*self.common.rules, *self.loaded[code].rules)

    def _decided(self, asked: Asked) -> Verdict:
        facts, question, built = asked
        loaded = self.loaded.get(facts.claim_type)
        judge = None if loaded is None else loaded.judges.get(built)
        verdict = judge.decide(facts, question) if judge else Verdict(False, (DEFAULT_DENY,), _NO_CLAIM_TYPE)
        if not verdict.allowed:
            verdict = replace(verdict, remedy=self.common.remedies.of(verdict.rules, facts.capacity))
        with self._making_room:
            if len(self._remembered) >= REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[asked] = verdict
        return verdict


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
