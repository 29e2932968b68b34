"""What the rules leave open when only some facts are known: Cedar's partial evaluation, for words and nothing else.

Nothing is decided here. Cedar calls partial evaluation experimental and no decision; what is asked for is decided anew,
with every fact, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.conditions import ALWAYS, NEVER, Condition, Untold, carries, either, every, fact_is, negated
from policies.kit.facts import Presence, Question
from policies.kit.judge import PRINCIPALS
from policies.kit.policy_set import PolicySet
from policies.kit.rules import Rule
from policies.kit.slices import Slice
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, Phase

_NAMES: Mapping[str, str] = {
    "isApplicant": "is_applicant",
    "representsAlone": "represents_alone",
    "mandateInForce": "mandate_in_force",
    "assigned": "assigned",
    "organisationActive": "organisation_active",
    "contractInForce": "contract_in_force",
    "contractCovers": "contract_covers",
    "ownAuthority": "own_authority",
    "ownCentre": "own_centre",
    "inBasket": "in_basket",
    "restricted": "restricted",
    "takingOff": "taking_off",
}
_OPEN = frozenset({"channel", "presence", "mandate_actions", *_NAMES.values()})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a party before any claim is named. Hashable.

    Attributes:
        facts: by their names in :class:`policies.kit.facts.Facts`; those that are not here are open.
    """

    capacity: Capacity
    assurance: AssuranceLevel | None
    facts: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What the rules leave open.

    Attributes:
        condition: what still has to hold.
        rules: permits that may allow it, by id.
    """

    condition: Condition
    rules: tuple[str, ...]


_REFUSED = Left(NEVER, ())


def left_open(policies: PolicySet, module: ClaimTypeModule, known: Known, question: Question) -> Left:
    """What has to hold for a question about claims of a type to be allowed; where nothing tells, never."""
    loaded = policies.loaded[module.code]
    piece, rules = policies.common.slices.of(known.capacity, question.action, loaded.rules)
    name, groups = PRINCIPALS[known.capacity]
    request: dict[str, Any] = {
        "principal": f'{name}::"party"',
        "action": f'Action::"{question.action.value}"',
        "resource": 'Claim::"claim"',
        "context": _context(known, question),
    }
    entities: list[dict[str, Any]] = [
        {"uid": {"type": name, "id": "party"}, "attrs": {}, "parents": list(groups)},
        {"uid": {"type": "Claim", "id": "claim"}, "attrs": _claim(module, question), "parents": []},
        *({"uid": {"type": "Action", "id": each.value}, "attrs": {}, "parents": []} for each in ClaimAction),
    ]
    try:
        answer = cedarpy.is_authorized_partial(request, piece.handle, entities)
        said = answer.diagnostics
        if said.errors or answer.decision is cedarpy.Decision.Deny:
            return _REFUSED
        permits: dict[str, Condition] = {
            _id(piece, rules, said.id_annotations_by_reason[each]): ALWAYS
            for each in said.reasons
            if each not in answer.residuals
        }
        forbids: list[Condition] = []
        for rest in answer.residuals.values():
            rule = _id(piece, rules, rest["annotations"]["id"])
            condition = _rest(rest, rule)
            if condition == NEVER:
                continue
            if rest["effect"] == "permit":
                permits[rule] = condition
            else:
                forbids.append(condition)
    except (KeyError, TypeError, ValueError):
        # A form of answer that nobody here knows promises nothing.
        return _REFUSED
    condition = every([either(permits.values()), *(negated(each) for each in forbids)])
    return _REFUSED if condition == NEVER else Left(condition, tuple(sorted(permits)))


def _id(piece: Slice, rules: Sequence[Rule], name: str) -> str:
    """A rule's own id: a slice, which claim types share, calls rules otherwise."""
    (number,) = piece.numbers([name])
    return rules[number].id


def _unknown(name: str) -> dict[str, Any]:
    return {"__extn": {"fn": "unknown", "arg": name}}


def _entity(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": name}}


def _context(known: Known, question: Question) -> dict[str, Any]:
    facts = dict(known.facts)
    assert facts.keys() <= _OPEN
    context: dict[str, Any] = {
        "scope": _entity("Scope", question.scope.value if question.scope else "NONE"),
        "assurance": _entity("Assurance", known.assurance.value if known.assurance else "UNSTATED"),
        "mandateActions": _unknown("mandateActions"),
        "presence": _unknown("presence"),
    }
    if "mandate_actions" in facts:
        context["mandateActions"] = [_entity("Action", each.value) for each in sorted(facts["mandate_actions"])]
    if "presence" in facts:
        context["presence"] = _entity("Presence", facts["presence"].value)
    for cedar, name in _NAMES.items():
        context[cedar] = facts.get(name, _unknown(cedar))
    return context


def _claim(module: ClaimTypeModule, question: Question) -> dict[str, Any]:
    return {
        "type": _entity("ClaimType", module.code.text),
        "level": _entity("Level", module.level.value),
        "status": _unknown("status"),
        "phase": _unknown("phase"),
        "channel": _unknown("channel"),
        # Nothing else is asked of a claim that is not there yet.
        "isNew": _unknown("isNew") if question.action is ClaimAction.PREPARE else False,
        "built": module.open,
        "openToThirdParties": module.open_to_third_parties,
        "mandates": module.mandates,
    }


def _rest(rest: Mapping[str, Any], rule: str) -> Condition:
    """The condition of one rule that was not settled."""
    found: list[Condition] = []
    for clause in rest["conditions"]:
        read = _read(clause["body"], rule)
        found.append(read if clause["kind"] == "when" else negated(read))
    return every(found)


def _read(node: Mapping[str, Any], rule: str) -> Condition:
    ((operator, inner),) = node.items()
    match operator:
        case "Value" if isinstance(inner, bool):
            return ALWAYS if inner else NEVER
        case "&&":
            return every([_read(inner["left"], rule), _read(inner["right"], rule)])
        case "||":
            return either([_read(inner["left"], rule), _read(inner["right"], rule)])
        case "!":
            return negated(_read(inner["arg"], rule))
        case "unknown":
            return _is(_name(node), [True], rule)
        case "==" | "!=":
            unknown, other = inner["left"], inner["right"]
            if _name(unknown) is None:
                unknown, other = other, unknown
            value = _value(other)
            read = Untold(rule, True) if value is None else _is(_name(unknown), [value], rule)
            return read if operator == "==" else negated(read)
        case "contains":
            if _name(inner["left"]) == "mandateActions" and (action := _value(inner["right"])) is not None:
                return fact_is(carries(ClaimAction(action)), [True])
            if "Set" in inner["left"] and None not in (values := [_value(each) for each in inner["left"]["Set"]]):
                return _is(_name(inner["right"]), values, rule)
    return Untold(rule, True)


def _name(node: Mapping[str, Any]) -> str | None:
    """Which unknown this is."""
    return node["unknown"][0]["Value"] if "unknown" in node else None


def _value(node: Mapping[str, Any]) -> Any:
    """The entity's name, or the plain value, that this is; None for anything else."""
    value = node.get("Value")
    return value["__entity"]["id"] if isinstance(value, dict) and "__entity" in value else value


def _is(name: str | None, values: list[Any], rule: str) -> Condition:
    match name:
        case "status":
            return fact_is("status", map(ClaimStatus, values))
        case "phase":
            phases = set(map(Phase, values))
            return fact_is("status", [each for each in ClaimStatus if each.phase in phases])
        case "presence":
            return fact_is("presence", map(Presence, values))
        case "channel":
            return fact_is("channel", values)
        case "isNew":
            return fact_is("new", values)
        case str() if name in _NAMES:
            return fact_is(_NAMES[name], values)
    return Untold(rule, True)
