"""Policies looked over as a whole: what does not load, decides nothing, has no example, or opens too much."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.evidence import PERSON, ROOTS
from policies.kit.examples import NOT_EVIDENCE
from policies.kit.field_access import AccessClass, FieldAccess
from policies.kit.folders import CHECKOUT, claim_type_folders, common_folder, parties_folder
from policies.kit.invariants import INVARIANTS, LOOKED_AT, Breach, breaches
from policies.kit.judge import DEFAULT_DENY, POLICY_FAILED
from policies.kit.looks import PLACE
from policies.kit.party_rules import PartyRules
from policies.kit.policy_set import Common, LoadedType, PolicySet
from policies.kit.reload import examples_decided_otherwise, party_examples_decided_otherwise
from policies.kit.rules import Rule
from policies.kit.space import FACTS_OF, NOT_SO, Space
from policies.kit.wording import of_question, stated
from schema.terms import EvidenceScope

_FIELDS = "fields.toml"
_ABOUT_RULES = frozenset({DEFAULT_DENY, NOT_EVIDENCE, POLICY_FAILED})
_TYPES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold."""

    file: Path
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The public graph, as far as policies name it."""

    leads_to: Mapping[str, str]
    """Every field (``Person.income``) -> the composite type it returns; empty for a leaf."""
    default_arguments: Mapping[str, int]
    """``Person.income.months`` -> 3, for arguments whose default is a number."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to."""

    findings: tuple[Finding, ...]
    held: tuple[str, ...]
    """What was checked and holds, each in a sentence."""
    notes: tuple[str, ...]
    """What is worth knowing and not wrong."""

    @property
    def holds(self) -> bool:
        return not self.findings


def check(folders: Sequence[Path], graph: Graph, registers: Collection[str] | None = None) -> Report:
    """Look over the policies of some folders, as :meth:`PolicySet.load` takes them; the checkout's where none is given.

    What does not load is all that is reported then: the rest cannot be told. Common rules that come from outside these
    folders are another's to prove.

    Args:
        registers: names of those that there are adapters of; None: not all are known, and names are not looked at.
    """
    places = tuple(folders) or (CHECKOUT,)
    try:
        policies = PolicySet.load(*places)
    except PolicyError as first:
        return Report(tuple(_slips(places)) or (_found(first),), (), ())
    space = Space(policies, LOOKED_AT)
    answered = list(space.answers())
    findings: list[Finding] = [
        *_of_fields(policies, graph),
        *_of_evidence(policies, graph),
        *(() if registers is None else _of_registers(policies, registers)),
        *(
            Finding(each.rule.file, each.rule.line, f"{each.rule.id} cannot be evaluated: {of_question(each.question)}")
            for each in space.failing
        ),
    ]
    mine = [place.resolve() for place in places]
    looked_over = [rule for rule in policies.rules if any(rule.file.resolve().is_relative_to(one) for one in mine)]
    deciding: set[str] = set()
    for each in answered:
        decides = each.region.decides
        deciding.update(rule.id for bit, rule in enumerate(each.rules) if decides >> bit & 1)
    findings += (
        Finding(rule.file, rule.line, f"{rule.id} decides nothing: {_why_not(space, rule.id)}")
        for rule in looked_over
        if rule.id not in deciding
    )
    for code, loaded in policies.loaded.items():
        findings += map(_found, examples_decided_otherwise(policies, code, loaded.folder))
    findings += _without_example(policies, looked_over)
    findings += _without_latvian(looked_over)
    if any(policies.parties.folder.resolve().is_relative_to(one) for one in mine):
        findings += map(_found, party_examples_decided_otherwise(policies.parties))
        findings += _of_parties(policies.parties)
        findings += _without_latvian(policies.parties.rules)
    findings += (_broken(each, len(policies.claim_types)) for each in breaches(answered))
    findings.sort(key=lambda each: (str(each.file), each.line, each.reason))
    return Report(tuple(findings), tuple(_held(policies, space, graph)), tuple(_notes(policies, graph, mine)))


def _found(error: PolicyError) -> Finding:
    return Finding(error.file, error.line, error.reason)


def _slips(places: Sequence[Path]) -> Iterator[Finding]:
    """One slip of each part: the common rules, or else each claim type."""
    try:
        PartyRules.load(parties_folder(places))
    except PolicyError as error:
        yield _found(error)
    try:
        common = Common.load(common_folder(places))
    except PolicyError as error:
        yield _found(error)
        return
    for place in places:
        try:
            folders = claim_type_folders(place)
        except PolicyError as error:
            yield _found(error)
            continue
        for folder in folders:
            try:
                LoadedType.load(folder, common)
            except PolicyError as error:
                yield _found(error)


def _of_fields(policies: PolicySet, graph: Graph) -> Iterator[Finding]:
    """Where the field classes and the graph disagree."""
    document = Document.read(policies.common.folder / _FIELDS)
    fields = policies.fields
    for coordinate, leads in graph.leads_to.items():
        if _on_a_path(coordinate, fields) and fields.leads_to.get(coordinate, "") != leads:
            said = fields.leads_to.get(coordinate, "") or "nothing"
            reason = f"{coordinate} leads to {leads or 'nothing'} in the graph, to {said} here"
            yield Finding(document.file, document.line_of_key(f'"{coordinate}"'), reason)
    for argument, default in fields.default_arguments.items():
        if graph.default_arguments.get(argument) != default:
            other = graph.default_arguments.get(argument, "none")
            reason = f"{argument} is {default} here, and {other} in the graph"
            yield Finding(document.file, document.line_of_key(f'"{argument}"'), reason)


def _on_a_path(coordinate: str, fields: FieldAccess) -> bool:
    return fields.of(coordinate) is AccessClass.EVIDENCE


def _of_evidence(policies: PolicySet, graph: Graph) -> Iterator[Finding]:
    """Evidence that the graph does not have."""
    for loaded in policies.loaded.values():
        document = Document.read(loaded.folder / "claim_type.toml")
        for one in loaded.module.evidence:
            type_name = ROOTS[one.applicant]
            for step in one.steps:
                coordinate = f"{type_name}.{step.field}"
                type_name = graph.leads_to.get(coordinate, "")
                if coordinate not in graph.leads_to:
                    line = document.line_of_key(f'path = "{one.path}"')
                    yield Finding(document.file, line, f"evidence {one.path!r}: {coordinate} is no field of the graph")
                    break


def _of_registers(policies: PolicySet, registers: Collection[str]) -> Iterator[Finding]:
    """Registers that no adapter is of: nothing would ever be read from them, or sent there."""
    for loaded in policies.loaded.values():
        named = {one.register for one in loaded.module.evidence if one.written} | {loaded.module.delivered_to}
        for name in sorted(each for each in named if each is not None and each not in registers):
            document = Document.read(loaded.folder / "claim_type.toml")
            key = "delivered_to" if name == loaded.module.delivered_to else "register"
            line = document.line_of_key(f'{key} = "{name}"')
            known = ", ".join(sorted(registers))
            yield Finding(document.file, line, f"no adapter is of the register {name!r}; there are: {known}")


def _without_example(policies: PolicySet, rules: Sequence[Rule]) -> Iterator[Finding]:
    known = {rule.id for rule in policies.rules} | _ABOUT_RULES
    named: set[str] = set()
    for loaded in policies.loaded.values():
        document = Document.read(loaded.folder / "examples.toml")
        for index, example in enumerate(loaded.module.examples):
            named.update(example.rules)
            if unknown := sorted(set(example.rules) - known):
                line = document.line_of_row("example", index)
                yield Finding(document.file, line, f"no rule has the id {unknown[0]}: {example.name}")
    for rule in rules:
        if rule.id not in named:
            yield _unproven(rule)


def _without_latvian(rules: Iterable[Rule]) -> Iterator[Finding]:
    for rule in rules:
        if rule.reason_lv is None:
            yield Finding(rule.file, rule.line, f"{rule.id} has no @reason_lv: its sentence in Latvian is missing")


def _of_parties(rules: PartyRules) -> Iterator[Finding]:
    """What does not hold of the rules about mandates and third parties."""
    document = Document.read(rules.folder / "examples.toml")
    known = {rule.id for rule in rules.rules} | _ABOUT_RULES
    for index, example in enumerate(rules.examples):
        if unknown := sorted(set(example.rules) - known):
            line = document.line_of_row("example", index)
            yield Finding(document.file, line, f"no rule has the id {unknown[0]}: {example.name}")
    named = {rule for example in rules.examples for rule in example.rules}
    yield from (_unproven(rule) for rule in rules.rules if rule.id not in named)


def _unproven(rule: Rule) -> Finding:
    return Finding(rule.file, rule.line, f"{rule.id} has no example: one that names it in `rules` is missing")


def _why_not(space: Space, rule_id: str) -> str:
    """Why a rule decides nowhere, as far as that shows."""
    satisfied = False
    unknown: set[str] = set()
    for answered in space.answers():
        for rule, table in zip(answered.rules, answered.region.tables, strict=True):
            if rule.id != rule_id or not table.satisfied:
                continue
            satisfied = True
            if table.effect == "permit":
                unknown |= set(table.facts) - FACTS_OF[answered.region.capacity]
    if not satisfied:
        return "no position satisfies it"
    if unknown:
        return f"it needs what is never so for who it is about ({', '.join(sorted(unknown))})"
    return "wherever it permits, another rule forbids"


def _broken(breach: Breach, of_all: int) -> Finding:
    rule = breach.rules[0]
    codes = [code.text for code in breach.claim_types]
    shown = ", ".join(codes[:_TYPES_SHOWN]) + (f" and {len(codes) - _TYPES_SHOWN} more" if codes[_TYPES_SHOWN:] else "")
    types = f"all {of_all} claim types" if len(codes) == of_all > 1 else shown
    facts = "; ".join(
        f"{said}: {value}"
        for said, value in (
            stated(breach.capacity, name, value)
            for name, value in breach.facts.items()
            if name == PLACE or value != NOT_SO[name]
        )
    )
    return Finding(
        rule.file,
        rule.line,
        f'{rule.id} breaks "{breach.invariant.sentence}" {breach.capacity} may {of_question(breach.question)} '
        f"({types}) where {facts}",
    )


def _held(policies: PolicySet, space: Space, graph: Graph) -> Iterator[str]:
    examples = sum(len(module.examples) for module in policies.claim_types.values())
    named = sum(coordinate in policies.fields.classes for coordinate in graph.leads_to)
    paths = sum(len(module.evidence) for module in policies.claim_types.values())
    types = len(policies.claim_types)
    yield f"{types} claim type{'s' * (types != 1)}, {len(policies.rules)} rules, valid under the Cedar schema"
    yield f"{len(graph.leads_to)} fields of the graph: {named} named, {len(graph.leads_to) - named} dark"
    yield f"{paths} evidence paths, each through fields that exist"
    yield f"{examples} examples are decided as they say; every rule has one, every claim type two refusals"
    if delays := sum(len(module.delays) for module in policies.claim_types.values()):
        yield f"{delays} delay{'s' * (delays != 1)} of what people are told, each with its law, its reason and its end"
    yield f"every rule decides somewhere, and {len(INVARIANTS)} invariants hold, in {space.size:,} positions"


def _notes(policies: PolicySet, graph: Graph, places: Sequence[Path]) -> Iterator[str]:
    if ahead := [each for each in policies.fields.classes if each not in graph.leads_to]:
        yield f"named in {_FIELDS}, and no field of the graph: {', '.join(ahead)}"
    if dark := [each for each in graph.leads_to if policies.fields.of(each) is None]:
        yield f"dark, open to nobody: {', '.join(dark)}"
    listed = {one.coordinate for module in policies.claim_types.values() for one in module.evidence}
    unlisted = [
        coordinate
        for coordinate in graph.leads_to
        if coordinate.startswith(f"{PERSON}.")
        and policies.fields.of(coordinate) is AccessClass.EVIDENCE
        and coordinate not in listed
    ]
    if unlisted and policies.common.folder.resolve().parent in places:
        yield f"no claim type's evidence, open to the person alone: {', '.join(unlisted)}"
    if waiting := [module.code.text for module in policies.claim_types.values() if not module.open]:
        yield f"not open yet: {', '.join(waiting)}"
    for module in policies.claim_types.values():
        if module.open_to_third_parties and not any(
            one.open_to is EvidenceScope.THIRD_PARTIES for one in module.evidence
        ):
            yield f"{module.code} is open to third parties and marks no evidence for them"
