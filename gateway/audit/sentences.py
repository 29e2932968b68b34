"""The citizen's log in sentences. English is the only language so far; another one is another :class:`Language`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from schema.terms import AccessOutcome, SubjectRole

_STEP = re.compile(r"([A-Za-z_]+)(?:\(([^)]*)\))?\.?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of somebody's log.

    Attributes:
        who: who asked, in words.
        by_path: path -> coordinate of what was asked for.
        outcome: what came of it.
        role: whose data it was, seen from the reader of the log.
        own: the reader of the log is who asked.
        claim_type: code; None where no claim was the reason.
        of_entity: the applicant is a legal entity.
        beside: paths of which something else was read: what is refused below them is named itself.
    """

    who: str
    by_path: Mapping[str, str]
    outcome: AccessOutcome
    role: SubjectRole
    own: bool = False
    claim_type: str | None = None
    of_entity: bool = False
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deed:
    """One mutation, as a line of the applicant's log.

    Attributes:
        mutation: its field, ``submitClaim``.
        own: the reader of the log did it.
    """

    who: str
    mutation: str
    claim_type: str | None
    own: bool
    refused: bool


class Language(Protocol):
    """Says lines."""

    def line(self, line: Line) -> str | None:
        """One sentence; None where there is nothing to say."""
        ...

    def act(self, deed: Deed) -> str:
        """One sentence of a mutation."""
        ...

    def no_door(self, who: str, mutation: str | None) -> str:
        """An attempt on a claim, or a person, that is not open or does not exist: one sentence for both."""
        ...

    def self_not_open(self) -> str:
        """An attempt on one's own data with a token that does not open it."""
        ...


class English:
    """British English."""

    def line(self, line: Line) -> str | None:
        """See :class:`Language`."""
        whose = "the legal entity's" if line.of_entity else "your own" if line.own else "your"
        things = _things(line.by_path, whose, line.beside)
        if not things:
            return None
        who = "You" if line.own else line.who
        claim = "" if line.claim_type is None else f" for the claim {line.claim_type}"
        if line.role is SubjectRole.CO_SUBJECT:
            reason = "" if line.claim_type is None else f" for another person's claim {line.claim_type}"
            return f"In the log of each other person: {who} read {_of_other(line.by_path)}{reason}."
        if line.claim_type is None and line.role is SubjectRole.APPLICANT:
            claim = " under your mandate"
        if line.outcome is AccessOutcome.DENIED:
            return f"{who} asked for {things}{claim}; this was refused."
        return f"{who} read {things}{claim}."

    def act(self, deed: Deed) -> str:
        """See :class:`Language`."""
        if deed.mutation in _OF_PARTIES:
            did, tried = _OF_PARTIES[deed.mutation]
            who = "You" if deed.own else deed.who
            return f"{who} tried to {tried}; this was refused." if deed.refused else f"{who} {did}."
        did, tried = _DEEDS.get(deed.mutation, (f"did {deed.mutation} with", f"do {deed.mutation} with"))
        who = "You" if deed.own else deed.who
        claim = f"your claim {deed.claim_type or ''}".rstrip()
        return f"{who} tried to {tried} {claim}; this was refused." if deed.refused else f"{who} {did} {claim}."

    def no_door(self, who: str, mutation: str | None) -> str:
        """See :class:`Language`."""
        if mutation == "prepareClaim":
            return f"If there is such a person, they read: {who} tried to open a claim of yours; this was refused."
        if mutation == "revokeMandate":
            return f"If there is such a mandate, its grantor reads: {who} tried to take it back; this was refused."
        tried = "asked for" if mutation is None else f"tried to {_DEEDS.get(mutation, ('', 'change'))[1]}"
        return f"If there is such a claim, its applicant reads: {who} {tried} your claim; this was refused."

    def self_not_open(self) -> str:
        """See :class:`Language`."""
        return "You asked for your own data with a token that does not open it; this was refused."


@dataclass(slots=True)
class _Group:
    """What is read of one person, or of some."""

    fields: dict[str, None]
    others: dict[str, _Group]


_DEEDS = {
    "prepareClaim": ("opened", "open"),
    "answerClaim": ("filled in the form of", "fill in the form of"),
    "submitClaim": ("submitted", "submit"),
    "withdrawClaim": ("withdrew", "withdraw"),
    "assignClaim": ("changed who works on", "change who works on"),
    "decideClaim": ("decided", "decide"),
}
_OF_PARTIES = {
    "grantMandate": ("gave a mandate", "give a mandate"),
    "revokeMandate": ("took a mandate back", "take a mandate back"),
    "registerThirdParty": ("registered a third party", "register a third party"),
    "suspendThirdParty": ("suspended a third party", "suspend a third party"),
}
_OTHERS = {
    ("household", "person"): "of its members",
    ("children",): "of each",
    ("taxBook", "dependants"): "of its dependants",
}
_LINKS = {
    ("household", "person"): "place in the household",
    ("children",): "link to a parent",
    ("taxBook", "dependants"): "place in a tax book",
}
_WORDS = {
    "restricted": "protection mark",
    "legalStatus": "status in the population register",
    "vat": "VAT registration",
    "answers": "answers",
    "createdAt": "day of opening",
    "submittedAt": "day of submission",
    "assignedTo": "third parties",
    "ownerReference": "case number",
}
_UNSAID = frozenset({"id", "applicant"})
"""Fields of a claim that say nothing of anybody."""


def _things(by_path: Mapping[str, str], whose: str, beside: frozenset[str]) -> str:
    """``your given name, household (of its members: birth date) and the claim's status``."""
    person, claim = _Group({}, {}), dict[str, None]()
    for path in by_path:
        steps = [(name, bound) for name, bound in _STEP.findall(path)]
        top = by_path.get(steps[0][0], by_path[path])
        if steps[0][0] in beside and len(steps) > 1 and not _is_of_others(steps):
            person.fields[f"{_words(*steps[-1])} in the {_words(*steps[0])}"] = None
            continue
        if top.partition(".")[0] == "Claim":
            if steps[0][0] not in _UNSAID:
                claim[_words(*steps[0])] = None
        elif top.partition(".")[0] not in ("PageInfo",):
            _sort_in(person, steps)
    parts = []
    if person.fields:
        parts.append(f"{whose} {_said(person)}")
    if claim:
        parts.append(f"the claim's {_listed(claim)}")
    return ", and ".join(parts)


def _of_other(by_path: Mapping[str, str]) -> str:
    """The same from the side of a household's member, a child, a dependant."""
    own, links = dict[str, None](), dict[str, None]()
    for path in by_path:
        names = [name for name, _ in _STEP.findall(path)]
        for prefix, link in _LINKS.items():
            if tuple(names[: len(prefix)]) == prefix and len(names) > len(prefix):
                own[_words(names[len(prefix)], "")] = None
            elif names[0] == prefix[0]:
                links[link] = None
    return f"your {_listed(own or links)}"


def _is_of_others(steps: list[tuple[str, str]]) -> bool:
    names = tuple(name for name, _ in steps)
    return any(names[: len(prefix)] == prefix for prefix in _OTHERS)


def _sort_in(group: _Group, steps: list[tuple[str, str]]) -> None:
    first = _words(*steps[0])
    group.fields.setdefault(first)
    for prefix, words in _OTHERS.items():
        names = tuple(name for name, _ in steps[: len(prefix)])
        if names == prefix and len(steps) > len(prefix):
            inner = group.others.setdefault(first, _Group({}, {}))
            inner.fields.setdefault(f"\0{words}")
            _sort_in(inner, steps[len(prefix) :])


def _said(group: _Group) -> str:
    said = []
    for each in group.fields:
        inner = group.others.get(each)
        if inner is None:
            said.append(each)
            continue
        of = next(name for name in inner.fields if name.startswith("\0"))
        rest = _Group({name: None for name in inner.fields if name != of}, inner.others)
        said.append(f"{each} ({of[1:]}: {_said(rest)})")
    return _listed(said)


def _words(name: str, bound: str) -> str:
    words = _WORDS.get(name) or _CAMEL.sub(" ", name).lower()
    months = re.fullmatch(r"months<=(\d+)", bound)
    return f"{words} of {months[1]} months" if months else words


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last
